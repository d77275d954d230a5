-- The ledger. Runs on MySQL 8.4 and later and on MariaDB 10.11 and later.
-- ANCHOR: schema
CREATE TABLE IF NOT EXISTS sales (
  sale_id      VARCHAR(64)     NOT NULL PRIMARY KEY,
  stock        INT UNSIGNED    NOT NULL,
  sold         INT UNSIGNED    NOT NULL DEFAULT 0,
  opens_at_ms  BIGINT UNSIGNED NOT NULL,
  closes_at_ms BIGINT UNSIGNED NOT NULL
) ENGINE = InnoDB CHARACTER SET ascii COLLATE ascii_bin;

CREATE TABLE IF NOT EXISTS orders (
  order_id       CHAR(32)          NOT NULL PRIMARY KEY,
  sale_id        VARCHAR(64)       NOT NULL,
  buyer_id       BIGINT UNSIGNED   NOT NULL,
  unit           SMALLINT UNSIGNED NOT NULL,
  reserved_at_ms BIGINT UNSIGNED   NOT NULL,
  pay_by_ms      BIGINT UNSIGNED   NOT NULL,
  status         VARCHAR(16)       NOT NULL,           -- placed, paid, cancelled, refused
  active_buyer   BIGINT UNSIGNED   NULL,               -- the buyer while the order is placed or paid, else NULL
  unit_returned  TINYINT UNSIGNED  NOT NULL DEFAULT 0, -- the claim of a dead order is gone from Redis
  UNIQUE KEY one_active_order_a_buyer (sale_id, active_buyer),
  KEY unpaid (sale_id, status, pay_by_ms),
  KEY unreturned (sale_id, unit_returned, status)
) ENGINE = InnoDB CHARACTER SET ascii COLLATE ascii_bin;
-- ANCHOR_END: schema
