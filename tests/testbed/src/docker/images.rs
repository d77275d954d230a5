//! Which images the servers run from: the official ones, pinned here and nowhere else.
//!
//! `LAB_REDIS_IMAGE`, `LAB_MYSQL_IMAGE` and `LAB_KAFKA_IMAGE` replace one, by Redis 7 (`redis:7.4`), by MariaDB
//! (`mariadb:11.8`; its image takes what MySQL's takes) or by an image built without a registry. What a replacement
//! must keep is what the official entrypoints promise; the rest of this module relies on nothing else.

use crate::server::Service;

/// The newest minor versions that the labs are meant for; patches come by themselves.
fn pinned(service: Service) -> &'static str {
    match service {
        Service::Redis => "redis:8.6",
        Service::Mysql => "mysql:9.7",
        Service::Kafka => "apache/kafka:4.2.0",
    }
}

/// The variable that replaces a service's image.
pub(super) fn variable(service: Service) -> &'static str {
    match service {
        Service::Redis => "LAB_REDIS_IMAGE",
        Service::Mysql => "LAB_MYSQL_IMAGE",
        Service::Kafka => "LAB_KAFKA_IMAGE",
    }
}

/// The image for a service, with its tag: `redis:8.6`.
pub(super) fn image(service: Service) -> String {
    tagged(
        &std::env::var(variable(service)).unwrap_or_default(),
        pinned(service),
    )
}

fn tagged(asked: &str, pinned: &str) -> String {
    match asked.trim() {
        "" => pinned.to_owned(),
        asked if split(asked).is_some() => asked.to_owned(),
        asked => format!("{asked}:latest"),
    }
}

/// `localhost:5000/redis:8.6` is `localhost:5000/redis` and `8.6`: a colon before a slash belongs to the registry.
pub(super) fn split(image: &str) -> Option<(&str, &str)> {
    image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_a_tag_gets_one() {
        for (asked, wanted) in [
            ("", "redis:8.6"),
            ("redis:7.4", "redis:7.4"),
            ("load-bearing-ci/redis", "load-bearing-ci/redis:latest"),
            ("localhost:5000/redis", "localhost:5000/redis:latest"),
            ("localhost:5000/redis:7.4", "localhost:5000/redis:7.4"),
        ] {
            assert_eq!(tagged(asked, "redis:8.6"), wanted, "{asked}");
        }
    }
}
