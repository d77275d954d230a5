//! Table definitions and indexes as statements for the scratch server.
//!
//! A copy of a table needs neither its foreign keys (the other table may be copied later, or in part) nor the number that its next row would
//! get. It must not reach outside either: an engine that reads another server's tables or a file, or a directory of the server, is refused.

use super::schema::{Index, Method};

/// Engines whose tables hold their own rows.
const ENGINES: [&str; 4] = ["InnoDB", "MyISAM", "Aria", "MEMORY"];

/// A `SHOW CREATE TABLE` without foreign keys and AUTO_INCREMENT; `None` if it is none of a table that may be copied.
#[must_use]
pub fn portable(show_create: &str) -> Option<String> {
    let (head, rest) = show_create.split_once('\n')?;
    // The server writes each definition on a line of its own, and escapes line ends in comments and defaults. Partitions follow the options.
    let (definitions, options) = rest.split_once("\n) ")?;
    if !head.starts_with("CREATE TABLE `") || !head.ends_with(" (") {
        return None;
    }
    let kept: Vec<&str> = definitions
        .lines()
        .filter(|line| !is_foreign_key(line))
        .map(|line| line.trim_end_matches(','))
        .collect();
    let options = without_auto_increment(options);
    let engine = options.strip_prefix("ENGINE=")?.split([' ', '\n']).next()?;
    let outside = [
        "DATA DIRECTORY",
        "INDEX DIRECTORY",
        "CONNECTION=",
        "TABLESPACE",
    ];
    if !ENGINES.contains(&engine) || outside.iter().any(|word| options.contains(word)) {
        return None;
    }
    Some(format!("{head}\n{}\n) {options}", kept.join(",\n")))
}

/// `ALTER TABLE .. ADD INDEX ..` under the name `name`; `None` if a part is an expression, or the index is no B-tree.
#[must_use]
pub fn add_index(table: &str, index: &Index, name: &str) -> Option<String> {
    if index.method != Method::BTree || index.parts.is_empty() {
        return None;
    }
    let parts: Option<Vec<String>> = index
        .parts
        .iter()
        .map(|part| {
            let column = quote(part.column.as_deref()?);
            let prefix = part.prefix.map(|n| format!("({n})")).unwrap_or_default();
            let direction = if part.descending { " DESC" } else { "" };
            Some(format!("{column}{prefix}{direction}"))
        })
        .collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    Some(format!(
        "ALTER TABLE {} ADD {unique}INDEX {} ({})",
        quote(table),
        quote(name),
        parts?.join(", ")
    ))
}

/// `ALTER TABLE .. DROP INDEX ..`.
#[must_use]
pub fn drop_index(table: &str, name: &str) -> String {
    format!("ALTER TABLE {} DROP INDEX {}", quote(table), quote(name))
}

/// A name in backquotes; one inside is doubled.
#[must_use]
pub fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// ``  CONSTRAINT `name` FOREIGN KEY ..``: the name may hold anything, its backquotes doubled.
fn is_foreign_key(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix("CONSTRAINT `") else {
        return false;
    };
    let mut parts = rest.split('`');
    let mut after = parts.next();
    while let Some(part) = parts.next() {
        if !part.is_empty() {
            after = Some(part);
            break;
        }
        // A doubled one: the name goes on.
        after = parts.next();
    }
    after.is_some_and(|after| after.starts_with(" FOREIGN KEY "))
}

fn without_auto_increment(options: &str) -> String {
    let Some(at) = options.find(" AUTO_INCREMENT=") else {
        return options.to_owned();
    };
    let value = at + " AUTO_INCREMENT=".len();
    let end = options[value..]
        .find(|c: char| !c.is_ascii_digit())
        .map_or(options.len(), |digits| value + digits);
    format!("{}{}", &options[..at], &options[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::schema::Part;

    const ORDERS: &str = "CREATE TABLE `orders` (\n  `id` bigint NOT NULL AUTO_INCREMENT,\n  `customer` int DEFAULT NULL COMMENT 'a CONSTRAINT, of old',\n  \
        PRIMARY KEY (`id`),\n  KEY `by_customer` (`customer`),\n  CONSTRAINT `a``b` FOREIGN KEY (`customer`) REFERENCES `customers` (`id`),\n  \
        CONSTRAINT `positive` CHECK ((`id` > 0))\n) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4";

    #[test]
    fn a_definition_loses_its_foreign_keys_and_its_next_number() {
        let expected = "CREATE TABLE `orders` (\n  `id` bigint NOT NULL AUTO_INCREMENT,\n  `customer` int DEFAULT NULL COMMENT 'a CONSTRAINT, of old',\n  \
            PRIMARY KEY (`id`),\n  KEY `by_customer` (`customer`),\n  CONSTRAINT `positive` CHECK ((`id` > 0))\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
        assert_eq!(portable(ORDERS).as_deref(), Some(expected));
    }

    #[test]
    fn a_foreign_key_in_the_last_line_takes_its_comma_with_it() {
        let last = "CREATE TABLE `t` (\n  `id` int,\n  CONSTRAINT `f` FOREIGN KEY (`id`) REFERENCES `u` (`id`)\n) ENGINE=MyISAM";
        let expected = "CREATE TABLE `t` (\n  `id` int\n) ENGINE=MyISAM";
        assert_eq!(portable(last).as_deref(), Some(expected));
        let next = ORDERS.replace(
            "AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4",
            "AUTO_INCREMENT=17",
        );
        assert!(portable(&next).unwrap().ends_with(") ENGINE=InnoDB"));
    }

    #[test]
    fn what_reaches_outside_is_refused() {
        for options in [
            "ENGINE=FEDERATED CONNECTION='mysql://u@h/d/t'",
            "ENGINE=CONNECT `TABLE_TYPE`=CSV",
            "ENGINE=InnoDB DATA DIRECTORY='/srv/'",
            "ENGINE=MyISAM INDEX DIRECTORY='/srv/'",
            "ENGINE=InnoDB /*!50100 TABLESPACE `t` */",
            "ENGINE=InnoDB CONNECTION='x'",
            "ENGINE=",
            "DEFAULT CHARSET=utf8mb4",
        ] {
            let ddl = format!("CREATE TABLE `t` (\n  `id` int\n) {options}");
            assert_eq!(portable(&ddl), None, "{options}");
        }
        for ddl in [
            "",
            "CREATE VIEW `v` AS SELECT 1",
            "CREATE VIEW `v` (\n  `id`\n) ENGINE=InnoDB",
            "CREATE TABLE `t` \n  `id` int\n) ENGINE=InnoDB",
            "CREATE TABLE `t` (\n  `id` int",
        ] {
            assert_eq!(portable(ddl), None, "{ddl}");
        }
    }

    #[test]
    fn an_index_is_made_part_by_part() {
        let part = |column: Option<&str>, prefix, descending| Part {
            column: column.map(str::to_owned),
            prefix,
            descending,
        };
        let mut index = Index {
            parts: vec![
                part(Some("a`b"), Some(8), false),
                part(Some("at"), None, true),
            ],
            ..Index::default()
        };
        let plain = "ALTER TABLE `t` ADD INDEX `i` (`a``b`(8), `at` DESC)";
        assert_eq!(add_index("t", &index, "i").as_deref(), Some(plain));
        index.unique = true;
        let unique = "ALTER TABLE `t` ADD UNIQUE INDEX `i` (`a``b`(8), `at` DESC)";
        assert_eq!(add_index("t", &index, "i").as_deref(), Some(unique));
        index.method = Method::Other;
        assert_eq!(add_index("t", &index, "i"), None);
        index.method = Method::BTree;
        index.parts.push(part(None, None, false));
        assert_eq!(add_index("t", &index, "i"), None);
        index.parts.clear();
        assert_eq!(add_index("t", &index, "i"), None);
        assert_eq!(drop_index("t`", "i"), "ALTER TABLE `t``` DROP INDEX `i`");
    }
}
