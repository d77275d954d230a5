//! Who may ask. The server starts programs, and any web page that the reader has open can send requests to 127.0.0.1.
//!
//! - The **Host** must be ours. A site whose name was made to resolve to 127.0.0.1 (DNS rebinding) is of one origin with us in the
//!   browser's eyes, but still says its own name here. This holds for the pages too, because the token stands in them.
//! - The **Origin**, if there is one, must be ours, and there must be one on what changes something: browsers send it with
//!   every POST and DELETE, so a form on another site is refused before it is read.
//! - The **token** is new in each server and stands in our pages only. Another site can neither read it nor send the header it
//!   comes in: that takes a preflight, which nothing here answers.
//!
//! What this does not keep out: another user of the same machine, who can open our pages as the reader does.

/// Of what length a token is, in hexadecimal digits: 128 bits.
const TOKEN: usize = 32;

/// What a request says of itself; `None` where a header is missing, or there are several, or it is no text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caller<'r> {
    /// `Host`.
    pub host: Option<&'r str>,
    /// The host of a request line that has one (`GET http://host/path`).
    pub authority: Option<&'r str>,
    /// `Origin`; a header that is there and unreadable is `Some("")`.
    pub origin: Option<&'r str>,
    /// `X-Lab-Token`.
    pub token: Option<&'r str>,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request was meant for another host.
    Host,
    /// It comes from another site's page.
    Origin,
    /// It changes something and does not say where it comes from.
    NoOrigin,
    /// It has no token.
    NoToken,
    /// Its token is not this server's.
    Token,
}

impl Refusal {
    /// In one sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Host => {
                "This server answers only to 127.0.0.1 and localhost, by the port it listens on."
            }
            Self::Origin => {
                "This request comes from a page of another site, and only the book's own pages may ask."
            }
            Self::NoOrigin => {
                "This request has no Origin header, so it does not come from a page of the book."
            }
            Self::NoToken => {
                "This request has no X-Lab-Token header, which the book's own pages send."
            }
            Self::Token => {
                "This page's token is of another server, perhaps one that ended: reload the page."
            }
        }
    }
}

/// What is compared.
#[derive(Clone, Debug)]
pub struct Door {
    hosts: [String; 2],
    origins: [String; 2],
    token: String,
}

impl Door {
    /// The door of a server on this port, whose token is made of these random bytes.
    #[must_use]
    pub fn new(port: u16, random: [u8; TOKEN / 2]) -> Self {
        let hosts = ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}"));
        let origins = hosts.clone().map(|host| format!("http://{host}"));
        let token = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            hosts,
            origins,
            token,
        }
    }

    /// What stands in the pages.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether this may have a page.
    ///
    /// # Errors
    /// It was meant for another host.
    pub fn page(&self, caller: &Caller<'_>) -> Result<(), Refusal> {
        let ours = |host: &str| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        if caller.host.is_some_and(ours) && caller.authority.is_none_or(ours) {
            Ok(())
        } else {
            Err(Refusal::Host)
        }
    }

    /// Whether this may have an answer of the interface; `changes`: it starts or ends something.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn interface(&self, caller: &Caller<'_>, changes: bool) -> Result<(), Refusal> {
        self.page(caller)?;
        match caller.origin {
            Some(origin) if !self.origins.iter().any(|own| own == origin) => {
                return Err(Refusal::Origin);
            }
            None if changes => return Err(Refusal::NoOrigin),
            Some(_) | None => {}
        }
        match caller.token {
            None => Err(Refusal::NoToken),
            Some(token) if same(token, &self.token) => Ok(()),
            Some(_) => Err(Refusal::Token),
        }
    }
}

/// Equal, in a time that does not depend on where they differ.
fn same(a: &str, b: &str) -> bool {
    let differ = |(a, b): (u8, u8)| a ^ b;
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .map(differ)
            .fold(0, |all, one| all | one)
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Caller<'static> = Caller {
        host: Some("127.0.0.1:3000"),
        authority: None,
        origin: Some("http://127.0.0.1:3000"),
        token: Some("07070707070707070707070707070707"),
    };

    fn door() -> Door {
        Door::new(3000, [7; 16])
    }

    #[test]
    fn our_own_page_may_ask() {
        assert_eq!(door().interface(&OWN, true), Ok(()));
        let localhost = Caller {
            host: Some("LOCALHOST:3000"),
            origin: Some("http://localhost:3000"),
            ..OWN
        };
        assert_eq!(door().interface(&localhost, true), Ok(()));
        // A browser sends no Origin when a page reads from its own site.
        let reading = Caller {
            origin: None,
            ..OWN
        };
        assert_eq!(door().interface(&reading, false), Ok(()));
    }

    #[test]
    fn another_name_is_refused_for_pages_too() {
        for host in [
            None,
            Some(""),
            Some("evil.example:3000"),
            Some("127.0.0.1"),
            Some("127.0.0.1:3001"),
            Some("127.0.0.1:3000.evil.example"),
            Some("127.0.0.1:3000@evil.example"),
            Some("0.0.0.0:3000"),
            Some("[::1]:3000"),
        ] {
            assert_eq!(
                door().page(&Caller { host, ..OWN }),
                Err(Refusal::Host),
                "{host:?}"
            );
        }
        let authority = Some("evil.example:3000");
        assert_eq!(
            door().page(&Caller { authority, ..OWN }),
            Err(Refusal::Host)
        );
    }

    #[test]
    fn another_sites_page_is_refused() {
        for origin in [
            "",
            "null",
            "http://evil.example",
            "http://127.0.0.1:3001",
            "https://127.0.0.1:3000",
            "http://127.0.0.1:3000.evil.example",
            "http://127.0.0.1:3000/",
        ] {
            let origin = Some(origin);
            let caller = Caller { origin, ..OWN };
            assert_eq!(
                door().interface(&caller, true),
                Err(Refusal::Origin),
                "{origin:?}"
            );
            assert_eq!(door().interface(&caller, false), Err(Refusal::Origin));
        }
        let caller = Caller {
            origin: None,
            ..OWN
        };
        assert_eq!(door().interface(&caller, true), Err(Refusal::NoOrigin));
    }

    #[test]
    fn a_token_is_this_servers_or_none() {
        let caller = Caller { token: None, ..OWN };
        assert_eq!(door().interface(&caller, false), Err(Refusal::NoToken));
        let other = Door::new(3000, [8; 16]);
        for token in ["", "0", other.token(), &"07".repeat(17)] {
            let token = Some(token);
            assert_eq!(
                door().interface(&Caller { token, ..OWN }, false),
                Err(Refusal::Token),
                "{token:?}"
            );
        }
    }
}
