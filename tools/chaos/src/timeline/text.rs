//! Text in a picture: escaped, wrapped by a guess of its width, since nothing here can measure a font.

/// What a character of a sans-serif takes, as a part of the font's size: a little more than the average, so that a line is
/// rather too short than cut off.
const ADVANCE: f64 = 0.56;

/// The width of `text` at a font size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * ADVANCE
}

/// Lines of at most so many pixels.
pub(super) fn wrap(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && width(line, size) + width(word, size) + size * ADVANCE > most {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Text that may stand between tags and in attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// `3.21`: seconds with two digits.
pub(super) fn seconds(us: u64) -> String {
    format!("{:.2}", us as f64 / 1e6)
}

/// A coordinate, without digits that nobody sees.
pub(super) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}
