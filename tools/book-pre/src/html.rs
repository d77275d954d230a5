//! HTML of our own: escaping, and the few shapes that many directives share.
//!
//! What goes into a Markdown page must have no blank line in it, or Markdown ends the HTML there: so blocks are built from
//! pieces without line ends, and in preformatted text a line end is written `&#10;`.

use pulldown_cmark::{Event, Options, Parser, Tag};

/// Text for between tags and for quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Or Markdown would still see it: emphasis is read inside of inline HTML, and braces are a directive's.
            '*' => out.push_str("&#42;"),
            '_' => out.push_str("&#95;"),
            '`' => out.push_str("&#96;"),
            '{' => out.push_str("&#123;"),
            '[' => out.push_str("&#91;"),
            '\\' => out.push_str("&#92;"),
            _ => out.push(c),
        }
    }
    out
}

/// Text of several lines, for a `<pre>`.
#[must_use]
pub fn lines(text: &str) -> String {
    escape(text).replace("\r\n", "\n").replace('\n', "&#10;")
}

/// Markdown of a sentence or two as HTML on one line; one paragraph loses its `<p>`.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, Parser::new_ext(text.trim(), Options::empty()));
    let out = out.trim();
    let one = out
        .strip_prefix("<p>")
        .and_then(|rest| rest.strip_suffix("</p>"))
        .filter(|inner| !inner.contains("<p>"));
    one.unwrap_or(out).replace('\n', " ")
}

/// Whether this Markdown is one paragraph. `1. of what` is a list, which no label of a button may hold.
#[must_use]
pub fn is_a_paragraph(text: &str) -> bool {
    let mut depth = 0_u32;
    let mut outermost = Vec::new();
    for event in Parser::new_ext(text.trim(), Options::empty()) {
        if let Event::Start(tag) = &event {
            if depth == 0 {
                outermost.push(matches!(tag, Tag::Paragraph));
            }
            depth += 1;
        } else if let Event::End(_) = &event {
            depth -= 1;
        }
    }
    outermost == [true]
}

/// `<code>` of something short.
#[must_use]
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// `1 minute`, `3 minutes`.
#[must_use]
pub fn count(n: u32, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

/// Something that is folded away.
#[must_use]
pub fn folded(class: &str, summary: &str, inner: &str) -> String {
    format!("<details class=\"{class}\"><summary>{summary}</summary>{inner}</details>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_markdown_or_html_survives() {
        assert_eq!(
            escape("<a b='\"'>&_*`{{#"),
            "&lt;a b=&#39;&quot;&#39;&gt;&amp;&#95;&#42;&#96;&#123;&#123;#"
        );
        assert!(!lines("a\n\nb").contains('\n'));
    }

    #[test]
    fn a_sentence_is_one_line_without_a_paragraph() {
        assert_eq!(markdown("a `b`\nc"), "a <code>b</code> c");
        assert_eq!(markdown("a\n\nb"), "<p>a</p> <p>b</p>");
    }

    #[test]
    fn a_list_a_heading_and_two_paragraphs_are_not_one() {
        for (text, is) in [
            ("One, *of* `what`.", true),
            ("`one`", true),
            ("1, of what", true),
            ("1. of what", false),
            ("- one", false),
            ("# one", false),
            ("one\n\ntwo", false),
            ("one\n- two", false),
            ("", false),
        ] {
            assert_eq!(is_a_paragraph(text), is, "{text}");
        }
    }
}
