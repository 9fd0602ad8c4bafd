/**
 * The migrations, in order; `user_version` says how many a file has had. A released one is never edited: add another.
 *
 * An event's `pos` is `partition.id * POSITIONS_PER_PARTITION + seq`: one key for both order and look-up, and every
 * index ends in it, so that each index is in feed order without naming it.
 */
export const POSITIONS_PER_PARTITION = 2 ** 34

export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    store_id    TEXT    NOT NULL,
    epoch       INTEGER NOT NULL,
    last_commit INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE documents (
    tenant  TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    doc     TEXT    NOT NULL,
    PRIMARY KEY (tenant, kind, id)
  ) STRICT;

  -- latest_at: the greatest event time so far; lag: by how much an event's time was ever behind it.
  CREATE TABLE partitions (
    id           INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    tenant       TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    hash         TEXT    NOT NULL,
    latest_at    INTEGER NOT NULL,
    lag          INTEGER NOT NULL,
    archived_seq INTEGER NOT NULL DEFAULT 0,
    trimmed_seq  INTEGER NOT NULL DEFAULT 0,
    trimmed_hash TEXT    NOT NULL DEFAULT ''
  ) STRICT;

  CREATE TABLE events (
    pos         INTEGER PRIMARY KEY,
    part        INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    latest_at   INTEGER NOT NULL,
    type        TEXT    NOT NULL,
    agent       TEXT,
    actor       TEXT,
    push_seq    INTEGER,
    push_state  TEXT,
    principal   TEXT,
    command_key TEXT,
    data        TEXT    NOT NULL,
    hash        TEXT    NOT NULL
  ) STRICT;
  -- Each ends in pos (see above): an agent's events of one type are a range in feed order (history.ts).
  CREATE INDEX events_type  ON events (part, type);
  CREATE INDEX events_agent ON events (part, agent, type)     WHERE agent IS NOT NULL;
  CREATE INDEX events_actor ON events (part, actor, type)     WHERE actor IS NOT NULL;
  CREATE INDEX events_push  ON events (part, agent, push_seq) WHERE push_seq IS NOT NULL;

  CREATE TABLE records (
    tenant TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    agent  TEXT,
    status TEXT    NOT NULL,
    open   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    data   TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, id)
  ) STRICT;
  CREATE INDEX records_all    ON records (tenant, kind, at, id);
  CREATE INDEX records_status ON records (tenant, kind, status, at, id);
  CREATE INDEX records_agent  ON records (tenant, kind, agent, at, id) WHERE agent IS NOT NULL;
  CREATE INDEX records_open   ON records (tenant, kind, at, id)        WHERE open = 1;
  CREATE INDEX records_open_agent ON records (tenant, kind, agent, at, id) WHERE open = 1 AND agent IS NOT NULL;

  CREATE TABLE blobs (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (tenant, digest)
  ) STRICT;

  -- Either a holder that is open, or the time when the answer may be forgotten.
  CREATE TABLE answers (
    tenant      TEXT NOT NULL,
    principal   TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer      TEXT NOT NULL,
    holder      TEXT,
    expires_at  INTEGER,
    PRIMARY KEY (tenant, principal, key)
  ) STRICT;
  CREATE INDEX answers_holder  ON answers (tenant, holder) WHERE holder IS NOT NULL;
  CREATE INDEX answers_expires ON answers (expires_at)     WHERE expires_at IS NOT NULL;

  CREATE TABLE deadlines (
    tenant TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, id, name)
  ) STRICT;
  CREATE INDEX deadlines_due ON deadlines (due_at);
  `,
  `
  -- Batches that are durable and not in the tables yet (journal.ts).
  CREATE TABLE journal (
    id    INTEGER PRIMARY KEY,
    entry TEXT    NOT NULL
  ) STRICT;
  `,
  `
  -- The journal has files of its own since (journal.ts); these say up to which of its entries the tables have everything.
  DROP TABLE journal;
  ALTER TABLE meta ADD COLUMN settled       INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE meta ADD COLUMN settled_check INTEGER NOT NULL DEFAULT 0;
  -- Drawn by lot, so that no other store's journal goes on from here.
  UPDATE meta SET settled_check = abs(random() % 4294967296);
  `,
  `
  -- Nothing to change: documents remember what ended as unknown since (AP9), which an older server would forget.
  `,
]
