//! A slow log as MySQL writes it, of any size, by a seed: what a shop's servers log in a busy hour.
//!
//! Some shapes are frequent and cheap, a few are rare and slow; an ORM writes lists of any length, a report is written over many lines, a pool
//! pings. Rows and times say nothing: only the reading of them is measured.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use fastrand::Rng;

/// Writes such a log beside the bench's package, which is in target/, and gives its path. One that is there may be an older generator's.
pub fn write(name: &str, seed: u64, bytes: usize) -> io::Result<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = directory.join(format!("{name}-{seed}-{}-kb.log", bytes / 1000));
    // Under another name until it is whole: a bench may be stopped.
    let unfinished = path.with_extension("part");
    let mut log = BufWriter::new(File::create(&unfinished)?);
    let mut rng = Rng::with_seed(seed);
    let mut entry = Vec::new();
    let mut written = 0;
    let mut second = 0;
    while written < bytes {
        second += u64::from(rng.u8(..50) == 0);
        entry.clear();
        one(&mut rng, second, &mut entry)?;
        log.write_all(&entry)?;
        written += entry.len();
    }
    log.into_inner()?.sync_all()?;
    std::fs::rename(unfinished, &path)?;
    Ok(path)
}

fn one(rng: &mut Rng, second: u64, log: &mut Vec<u8>) -> io::Result<()> {
    let (hour, minute, rest) = (second / 3600 % 24, second / 60 % 60, second % 60);
    writeln!(
        log,
        "# Time: 2026-03-01T{hour:02}:{minute:02}:{rest:02}.{:06}Z",
        rng.u32(..1_000_000)
    )?;
    writeln!(
        log,
        "# User@Host: shop[shop] @ web{}.example.net [10.0.0.{}]  Id: {:5}",
        rng.u8(1..10),
        rng.u8(1..250),
        rng.u32(1..20_000)
    )?;
    writeln!(
        log,
        "# Query_time: {}.{:06}  Lock_time: 0.0000{:02} Rows_sent: {}  Rows_examined: {}",
        rng.u8(..4),
        rng.u32(..1_000_000),
        rng.u8(..100),
        rng.u16(..500),
        rng.u32(..2_000_000)
    )?;
    writeln!(log, "SET timestamp={};", 1_772_323_200 + second)?;
    statement(rng, log)?;
    writeln!(log, ";")
}

fn statement(rng: &mut Rng, log: &mut Vec<u8>) -> io::Result<()> {
    let id = rng.u32(1..5_000_000);
    let day = rng.u8(1..29);
    // Of a hundred entries.
    match rng.u8(..100) {
        0..20 => write!(
            log,
            "SELECT `orders`.`id`, `orders`.`state`, `orders`.`total`, `orders`.`created_at` FROM `orders` WHERE `orders`.`customer_id` = {id} AND `orders`.`state` = 'open' ORDER BY `orders`.`created_at` DESC LIMIT 20"
        ),
        20..32 => write!(
            log,
            "UPDATE `sessions` SET `data` = '{}', `updated_at` = '2026-03-{day:02} 10:{:02}:00' WHERE `sessions`.`id` = {id}",
            text(rng, 40..300),
            rng.u8(..60)
        ),
        32..47 => list(rng, log, "SELECT * FROM products WHERE id IN (", 1..100),
        47..57 => rows(rng, log),
        57..65 => write!(
            log,
            "SELECT o.id, o.total, c.name, c.email -- for the report\nFROM orders o\nJOIN customers c ON c.id = o.customer_id\nLEFT JOIN invoices i ON i.order_id = o.id\nWHERE o.created_at >= '2026-02-{day:02}'\n  AND c.country IN ('de', 'at', 'ch')\n  AND i.paid_at IS NULL\nGROUP BY o.id\nHAVING SUM(i.amount) > {id}\nORDER BY o.total DESC"
        ),
        65..72 => write!(
            log,
            "/* {} */ select count(*) from articles where title like '%{}%' and deleted_at is null",
            text(rng, 20..40),
            text(rng, 4..12)
        ),
        72..78 => write!(
            log,
            "SELECT SLEEP(0), t.* FROM tickets t WHERE t.subject = 'It''s {}' AND t.body <> 'a \\'quoted\\' word' AND t.score BETWEEN -{day} AND 1.5e3",
            text(rng, 5..30)
        ),
        78..82 => write!(log, "# administrator command: Ping"),
        82..85 => write!(log, "commit"),
        85..88 => write!(
            log,
            "(select id from a where x = {id}) union all (select id from a where x = {day}) order by id limit {day}, 50"
        ),
        // Many shapes that are rare: a report for each table.
        _ => write!(
            log,
            "select sum(amount) as total, count(distinct user_id) from report_{} where made between '2026-03-{day:02}' and now() and kind = {id} group by shop_id",
            rng.u8(..200)
        ),
    }
}

fn text(rng: &mut Rng, length: std::ops::Range<usize>) -> String {
    let length = rng.usize(length);
    (0..length).map(|_| rng.alphanumeric()).collect()
}

fn list(
    rng: &mut Rng,
    log: &mut Vec<u8>,
    head: &str,
    length: std::ops::Range<u32>,
) -> io::Result<()> {
    write!(log, "{head}{}", rng.u32(1..5_000_000))?;
    for _ in 1..rng.u32(length) {
        write!(log, ",{}", rng.u32(1..5_000_000))?;
    }
    write!(log, ")")
}

fn rows(rng: &mut Rng, log: &mut Vec<u8>) -> io::Result<()> {
    write!(
        log,
        "INSERT INTO events (user_id, kind, payload, made) VALUES "
    )?;
    for row in 0..rng.u32(1..20) {
        let comma = if row > 0 { ", " } else { "" };
        let (user, kind) = (rng.u32(..), text(rng, 3..8));
        write!(
            log,
            "{comma}({user}, '{kind}', '{{\"page\": {}}}', NOW())",
            rng.u16(..)
        )?;
    }
    Ok(())
}
