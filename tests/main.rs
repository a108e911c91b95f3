//! One binary for all tests from outside; each file is one subject.
