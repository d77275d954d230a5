//! The sketch reads from Redis what Redis has: a string, whatever the loader gave.
// ANCHOR: stage5_read
let text = match Tag::read(reader.byte()?)? {
    Tag::Text => reader.text()?.to_owned(),
    Tag::Bytes => String::from_utf8_lossy(reader.bytes()?).into_owned(),
    Tag::Integer => i64::from_le_bytes(reader.eight()?).to_string(),
    Tag::Float => f64::from_le_bytes(reader.eight()?).to_string(),
    Tag::Boolean => match reader.byte()? {
        0 => "false".to_owned(),
        1 => "true".to_owned(),
        other => return Err(DecodeError::Boolean(other)),
    },
    Tag::Absent => String::new(),
    Tag::List => {
        let depth_left = depth_left.checked_sub(1).ok_or(DecodeError::TooDeep)?;
        let mut texts = Vec::new();
        for _ in 0..reader.len()? {
            texts.push(format!("{:?}", Self::read(reader, depth_left)?));
        }
        texts.join(" ")
    }
};
Ok(Self::text(&text))
// ANCHOR_END: stage5_read
