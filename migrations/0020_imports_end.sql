-- The tables whose figures 0019 has copied.

DROP TABLE earlier_withdrawal;
DROP TABLE earlier_citation;
DROP TABLE earlier_observation;
DROP TABLE earlier_event;
DROP TABLE earlier_series;
DROP TABLE earlier_unit;
