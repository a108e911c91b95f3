//! How the ids of `base` are bound to SQL and read from rows: as the numbers and texts that they are.

use sqlx::{Any, Database, Decode, Encode, Type, any::AnyTypeInfo, encode::IsNull, error::BoxDynError};

use crate::base::ids::{EditionId, MailId, OccurrenceId};

macro_rules! column {
    ($($id:ident),*) => {$(
        impl Type<Any> for $id {
            fn type_info() -> AnyTypeInfo {
                <i64 as Type<Any>>::type_info()
            }

            fn compatible(of: &AnyTypeInfo) -> bool {
                <i64 as Type<Any>>::compatible(of)
            }
        }

        impl Encode<'_, Any> for $id {
            fn encode_by_ref(&self, into: &mut <Any as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                Encode::<Any>::encode_by_ref(&self.get(), into)
            }
        }

        impl<'r> Decode<'r, Any> for $id {
            fn decode(value: <Any as Database>::ValueRef<'r>) -> Result<$id, BoxDynError> {
                <i64 as Decode<Any>>::decode(value).map($id::new)
            }
        }
    )*};
}

column!(MailId, EditionId, OccurrenceId);
