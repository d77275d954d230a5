-- What writes change: one row a call, there before it.
CREATE TABLE effects (
    id BIGINT UNSIGNED PRIMARY KEY,
    n INT NOT NULL DEFAULT 0
) ENGINE = InnoDB;

-- Idempotency keys that were used.
CREATE TABLE used_keys (
    id BIGINT UNSIGNED PRIMARY KEY
) ENGINE = InnoDB;
