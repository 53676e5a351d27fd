/**
 * The numbered migrations: entry N takes a database from `user_version` N to N + 1. Entries are never
 * changed once released, only added.
 *
 * `incidents` and `subscribers` are read and written by people with the `sqlite3` tool: their names
 * and the meaning of the first columns are fixed, every further column has a default.
 * `start_time`, `end_time` and `subscribed_at` are UTC as `datetime('now')` writes them. Other times
 * are milliseconds since the epoch, and seconds in `deliveries.turn`.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE incidents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    region TEXT NOT NULL,
    components TEXT,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'resolved')),
    start_time TEXT NOT NULL DEFAULT (datetime('now')),
    end_time TEXT,
    severity TEXT NOT NULL DEFAULT 'outage' CHECK (severity IN ('degraded', 'outage')),
    title TEXT NOT NULL DEFAULT '',
    announcement_id INTEGER,
    origin TEXT NOT NULL DEFAULT 'manual' CHECK (origin IN ('feed', 'manual')),
    relapses INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX incidents_by_start ON incidents (status, start_time DESC, id DESC);
  CREATE INDEX incidents_newest ON incidents (start_time DESC, id DESC);

  CREATE TABLE subscribers (
    chat_id INTEGER PRIMARY KEY,
    chat_type TEXT NOT NULL DEFAULT 'private',
    title TEXT NOT NULL DEFAULT '',
    subscribed_at TEXT NOT NULL DEFAULT (datetime('now'))
  );

  CREATE TABLE region_states (
    region TEXT PRIMARY KEY,
    state TEXT NOT NULL
  );

  CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  );

  -- What was decided, and why.
  CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    region TEXT NOT NULL,
    incident_id INTEGER REFERENCES incidents (id) ON DELETE CASCADE,
    since INTEGER,
    problem TEXT,
    at INTEGER NOT NULL
  );
  CREATE INDEX changes_by_incident ON changes (incident_id);

  -- The outbox: one row per change and chat, written in the transaction that stores the change.
  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    change_id INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    incident_id INTEGER REFERENCES incidents (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL,
    notify INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'due'
      CHECK (state IN ('due', 'sent', 'skipped', 'failed', 'expired')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    last_error TEXT,
    message_id INTEGER,
    is_alert INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    UNIQUE (change_id, chat_id)
  );
  CREATE INDEX deliveries_due ON deliveries (chat_id, id) WHERE state = 'due';
  CREATE INDEX deliveries_of_incident ON deliveries (incident_id, chat_id);
  `,
  `
  -- What was learnt about chats, whether subscribed or named in the settings.
  CREATE TABLE chats (
    chat_id INTEGER PRIMARY KEY,
    -- Since when nothing can be sent there: blocked, kicked, deleted, without the right to write.
    gone_since INTEGER,
    gone_reason TEXT,
    -- The supergroup that this group became.
    moved_to INTEGER,
    -- The topic in which a forum wants its alerts; lost: it was there, the chat has yet to hear of it.
    topic_id INTEGER,
    topic_lost INTEGER NOT NULL DEFAULT 0
  );

  CREATE TABLE deliveries_2 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    change_id INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    incident_id INTEGER REFERENCES incidents (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL,
    notify INTEGER NOT NULL,
    -- paused: until the chat is back
    state TEXT NOT NULL DEFAULT 'due'
      CHECK (state IN ('due', 'paused', 'sent', 'skipped', 'failed', 'expired')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    -- An attempt was begun and its end is not recorded: after a kill Telegram may have it, or not.
    begun_at INTEGER,
    last_error TEXT,
    message_id INTEGER,
    is_alert INTEGER NOT NULL DEFAULT 0,
    -- The newest change that the chat can see since then, and that it was told of with a sound.
    shown_change INTEGER,
    told_change INTEGER,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    UNIQUE (change_id, chat_id)
  );
  INSERT INTO deliveries_2 (id, change_id, incident_id, chat_id, notify, state, attempts,
    next_attempt_at, last_error, message_id, is_alert, shown_change, told_change, created_at, settled_at)
  SELECT id, change_id, incident_id, chat_id, notify, state, attempts, next_attempt_at, last_error,
    message_id, is_alert, iif(state = 'sent', change_id, NULL),
    iif(state = 'sent' AND notify = 1, change_id, NULL), created_at, settled_at FROM deliveries;
  UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'deliveries')
    WHERE name = 'deliveries_2' AND EXISTS
      (SELECT 1 FROM sqlite_sequence WHERE name = 'deliveries');
  DROP TABLE deliveries;
  ALTER TABLE deliveries_2 RENAME TO deliveries;
  CREATE INDEX deliveries_due ON deliveries (chat_id, id) WHERE state = 'due';
  CREATE INDEX deliveries_next ON deliveries (next_attempt_at, id) WHERE state = 'due';
  CREATE INDEX deliveries_counted ON deliveries (is_alert, state);
  CREATE INDEX deliveries_paused ON deliveries (chat_id) WHERE state = 'paused';
  CREATE INDEX deliveries_of_incident ON deliveries (incident_id, chat_id);
  `,
  `
  -- By which row of the predecessor's database an import recognises an incident that it took over.
  ALTER TABLE incidents ADD COLUMN imported_from TEXT;
  CREATE UNIQUE INDEX incidents_imported ON incidents (imported_from)
    WHERE imported_from IS NOT NULL;

  -- Chats that an import has subscribed: whoever unsubscribes is not subscribed by the next.
  CREATE TABLE imported_subscribers (
    chat_id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
  );
  `,
  `
  -- What chats and people are called is nothing that the bot needs to know. The bytes of names that
  -- were there leave the file with the rewrite that is owed from now on (store/rewrite.ts).
  ALTER TABLE subscribers DROP COLUMN title;
  INSERT INTO settings (name, value)
    SELECT 'rewrites_begun', '0' WHERE EXISTS (SELECT 1 FROM subscribers)
      OR EXISTS (SELECT 1 FROM settings) OR EXISTS (SELECT 1 FROM incidents);

  -- Since when the chat has neither been subscribed nor named in the settings, as the upkeep saw it.
  ALTER TABLE chats ADD COLUMN idle_since INTEGER;
  -- Since when the settings do not admit this subscriber, who was told so; NULL while they do.
  ALTER TABLE chats ADD COLUMN shut_since INTEGER;

  -- Deliveries that are not remembered any more, for the numbers.
  CREATE TABLE past_deliveries (
    is_alert INTEGER NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (is_alert, state)
  ) WITHOUT ROWID;
  CREATE TRIGGER deliveries_past AFTER DELETE ON deliveries
    WHEN OLD.state NOT IN ('due', 'paused')
  BEGIN
    INSERT INTO past_deliveries VALUES (OLD.is_alert, OLD.state, 1)
      ON CONFLICT (is_alert, state) DO UPDATE SET count = count + 1; END;

  -- Chats that an import has subscribed and that left since, by a hash of their ids.
  CREATE TABLE left_subscribers (hash TEXT PRIMARY KEY) WITHOUT ROWID;
  `,
  `
  -- Beginnings that people wrote in another form than ours, so that they do not sort as times do.
  CREATE INDEX incidents_odd ON incidents (id)
    WHERE NOT (start_time GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*');
  `,
  `
  -- In which order chats are told. 0: those of the settings, before all others, however many are still
  -- to be told of the change before; else since when they have been subscribed, in seconds.
  ALTER TABLE deliveries ADD COLUMN turn INTEGER NOT NULL DEFAULT 1;
  DROP INDEX deliveries_next;
  CREATE INDEX deliveries_next ON deliveries (next_attempt_at, turn, id) WHERE state = 'due';
  CREATE INDEX deliveries_first ON deliveries (next_attempt_at, id) WHERE state = 'due' AND turn = 0;
  `,
  `
  -- Why nothing can be sent there; refusals in a row; when it is tried again, NULL: by no clock.
  ALTER TABLE chats ADD COLUMN gone_why TEXT;
  ALTER TABLE chats ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE chats ADD COLUMN next_try_at INTEGER;
  -- Of a chat of the settings: what its administrators were last told that it lacks.
  ALTER TABLE chats ADD COLUMN told_lack TEXT;
  UPDATE chats SET gone_why = CASE
    WHEN gone_reason LIKE '%rights%' OR gone_reason LIKE '%TOPIC_CLOSED%'
      OR gone_reason LIKE 'may not%' THEN 'may not write'
    WHEN gone_reason LIKE '%user is deactivated%' THEN 'deactivated'
    WHEN gone_reason LIKE '%initiate%' THEN 'not started'
    WHEN gone_reason LIKE '%blocked%' OR (gone_reason = 'bot is kicked' AND chat_id > 0)
      THEN 'blocked'
    ELSE 'absent' END
  WHERE gone_since IS NOT NULL;
  -- How often Telegram said no to it, for reasons unknown.
  ALTER TABLE deliveries ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Who was to hear of a change and why, and how severe its incident was then; NULL: before this was
  -- stored. Written once with the change, however many chats hear of it.
  ALTER TABLE changes ADD COLUMN severity TEXT;
  ALTER TABLE changes ADD COLUMN audience TEXT;
  ALTER TABLE changes ADD COLUMN notify INTEGER;
  ALTER TABLE changes ADD COLUMN ground TEXT;
  `,
  `
  -- What the chat wants to hear, as JSON (domain/rule.ts); NULL: what every chat hears.
  ALTER TABLE chats ADD COLUMN rule TEXT;
  CREATE INDEX chats_ruled ON chats (rule) WHERE rule IS NOT NULL;
  -- In which language, and which version of it, the chat has a list of commands of its own.
  ALTER TABLE chats ADD COLUMN commands TEXT;
  -- It was told that the regions which it wants to hear of are not watched.
  ALTER TABLE chats ADD COLUMN told_unwatched INTEGER NOT NULL DEFAULT 0;

  -- Which components the incident had then, as JSON; NULL: before this was stored.
  ALTER TABLE changes ADD COLUMN components TEXT;
  CREATE INDEX changes_nights ON changes (since) WHERE kind = 'night';

  -- Portals that a chat looks after: addresses without a protocol, and the region of each.
  CREATE TABLE portals (
    chat_id INTEGER NOT NULL,
    address TEXT NOT NULL,
    region TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, address)
  ) WITHOUT ROWID;

  -- The message of a chat that shows how its regions are.
  CREATE TABLE boards (
    chat_id INTEGER PRIMARY KEY,
    topic_id INTEGER,
    -- NULL: still to be written.
    message_id INTEGER,
    -- When it was written anew, because somebody had deleted it.
    rewritten_at INTEGER
  );

  -- The words of an incident in another language than BOT_LANG.
  CREATE TABLE incident_texts (
    incident_id INTEGER NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (incident_id, language)
  ) WITHOUT ROWID;

  CREATE TABLE deliveries_3 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    change_id INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    incident_id INTEGER REFERENCES incidents (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL,
    notify INTEGER NOT NULL,
    -- paused: until the chat is back; waiting: until its quiet hours are over
    state TEXT NOT NULL DEFAULT 'due'
      CHECK (state IN ('due', 'paused', 'waiting', 'sent', 'skipped', 'failed', 'expired')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    -- An attempt was begun and its end is not recorded: after a kill Telegram may have it, or not.
    begun_at INTEGER,
    last_error TEXT,
    message_id INTEGER,
    is_alert INTEGER NOT NULL DEFAULT 0,
    -- The newest change that the chat can see since then, and that it was told of with a sound.
    shown_change INTEGER,
    told_change INTEGER,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    -- In which order chats are told. 0: those of the settings, before all others, however many are still
    -- to be told of the change before; else since when they have been subscribed, in seconds.
    turn INTEGER NOT NULL DEFAULT 1,
    -- How often Telegram said no to it, for reasons unknown.
    refusals INTEGER NOT NULL DEFAULT 0,
    -- For this chat the incident begins with it, whatever became of the incident by it.
    begins INTEGER NOT NULL DEFAULT 0,
    -- The change of kind 'night' that closes the quiet hours in which it was decided.
    night INTEGER,
    UNIQUE (change_id, chat_id)
  );
  INSERT INTO deliveries_3 (id, change_id, incident_id, chat_id, notify, state, attempts,
    next_attempt_at, begun_at, last_error, message_id, is_alert, shown_change, told_change, created_at,
    settled_at, turn, refusals)
  SELECT id, change_id, incident_id, chat_id, notify, state, attempts, next_attempt_at, begun_at,
    last_error, message_id, is_alert, shown_change, told_change, created_at, settled_at, turn, refusals
  FROM deliveries;
  DELETE FROM sqlite_sequence WHERE name = 'deliveries_3';
  INSERT INTO sqlite_sequence (name, seq)
    SELECT 'deliveries_3', seq FROM sqlite_sequence WHERE name = 'deliveries';
  DROP TABLE deliveries;
  ALTER TABLE deliveries_3 RENAME TO deliveries;
  CREATE INDEX deliveries_due ON deliveries (chat_id, id) WHERE state = 'due';
  CREATE INDEX deliveries_next ON deliveries (next_attempt_at, turn, id) WHERE state = 'due';
  CREATE INDEX deliveries_first ON deliveries (next_attempt_at, id) WHERE state = 'due' AND turn = 0;
  CREATE INDEX deliveries_counted ON deliveries (is_alert, state);
  CREATE INDEX deliveries_paused ON deliveries (chat_id) WHERE state = 'paused';
  CREATE INDEX deliveries_waiting ON deliveries (chat_id) WHERE state = 'waiting';
  CREATE INDEX deliveries_nights ON deliveries (next_attempt_at)
    WHERE state = 'waiting' AND night IS NULL;
  CREATE INDEX deliveries_of_night ON deliveries (night, chat_id) WHERE night IS NOT NULL;
  CREATE INDEX deliveries_of_incident ON deliveries (incident_id, chat_id);
  CREATE TRIGGER deliveries_past AFTER DELETE ON deliveries
    WHEN OLD.state NOT IN ('due', 'paused', 'waiting')
  BEGIN
    INSERT INTO past_deliveries VALUES (OLD.is_alert, OLD.state, 1)
      ON CONFLICT (is_alert, state) DO UPDATE SET count = count + 1; END;
  `,
  `
  -- Whether the chat has this portal watched.
  ALTER TABLE portals ADD COLUMN watched INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX portals_watched ON portals (address) WHERE watched = 1;
  -- What is known of each portal that is watched, as JSON (domain/portal_watch.ts).
  CREATE TABLE portal_watches (
    address TEXT PRIMARY KEY,
    state TEXT NOT NULL
  ) WITHOUT ROWID;

  -- The portal of which a sign of trouble was seen, or a region such as '.ru' of several.
  ALTER TABLE changes ADD COLUMN portal TEXT;
  CREATE INDEX changes_of_portals ON changes (portal, id) WHERE portal IS NOT NULL;

  -- Answers in groups that are taken away again, and when.
  CREATE TABLE removals (
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, message_id)
  ) WITHOUT ROWID;
  CREATE INDEX removals_due ON removals (due_at);

  -- When a portal on watch first failed, what Bitrix24 itself says when it began, and our first bad
  -- reading; NULL: not known. In milliseconds since the epoch.
  ALTER TABLE incidents ADD COLUMN first_sign_at INTEGER;
  ALTER TABLE incidents ADD COLUMN announced_at INTEGER;
  ALTER TABLE incidents ADD COLUMN first_read_at INTEGER;
  `,
  `
  -- Who has the incident in hand in a chat, and what the chat wants of it; removed soon after its end.
  -- incident_id: of the incident whose alert is the card; minus the number of a drill for a drill.
  CREATE TABLE cards (
    chat_id INTEGER NOT NULL,
    incident_id INTEGER NOT NULL,
    holder_id INTEGER,
    -- NULL: Telegram has not said yet; empty: the person is anonymous.
    holder_name TEXT,
    held_at INTEGER,
    -- Milliseconds from the message that told the chat to the taking.
    held_after INTEGER,
    -- Until when the incident makes no sound here; 8640000000000000: until its end.
    quiet_until INTEGER,
    reminders INTEGER NOT NULL DEFAULT 0,
    reminded_at INTEGER,
    PRIMARY KEY (chat_id, incident_id)
  );
  -- Somebody there has once taken an incident: only such groups are reminded.
  ALTER TABLE chats ADD COLUMN has_taken INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX chats_reminded ON chats (chat_id) WHERE has_taken = 1;

  -- The incident whose card a change of kind 'card' or 'reminder' is about: such a change changes the
  -- message in one chat, and nothing of the incident.
  ALTER TABLE changes ADD COLUMN card_of INTEGER REFERENCES incidents (id) ON DELETE CASCADE;
  CREATE INDEX changes_of_cards ON changes (card_of) WHERE card_of IS NOT NULL;

  -- The drill that the change belongs to, by the change that began it; NULL: in earnest.
  ALTER TABLE changes ADD COLUMN drill_id INTEGER REFERENCES changes (id) ON DELETE CASCADE;
  CREATE INDEX changes_of_drills ON changes (drill_id) WHERE drill_id IS NOT NULL;

  -- Incidents of regions that fail together share a number; NULL: alone.
  ALTER TABLE incidents ADD COLUMN failure_id INTEGER;
  CREATE INDEX incidents_failing ON incidents (failure_id) WHERE failure_id IS NOT NULL;
  -- The message that shows the incident no more, since that is told by another, and is still to be edited.
  ALTER TABLE deliveries ADD COLUMN leaves INTEGER;
  `,
  `
  -- Messages of the bot's administrators to the chats: who wrote them, to whom, and when.
  CREATE TABLE bulletins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author_id INTEGER,
    -- NULL: to all chats.
    region TEXT,
    text TEXT NOT NULL,
    -- Entities of the text, as JSON.
    entities TEXT NOT NULL,
    -- The bulletin whose text this one replaces.
    corrects INTEGER REFERENCES bulletins (id) ON DELETE CASCADE,
    drafted_at INTEGER NOT NULL,
    -- NULL: a draft.
    sent_at INTEGER,
    removed_at INTEGER,
    removed_by INTEGER,
    -- The change whose deliveries are the copies, with turn -1, and the newest change: a correction is
    -- a change without deliveries of its own.
    change_id INTEGER UNIQUE REFERENCES changes (id) ON DELETE CASCADE,
    latest_change INTEGER
  );
  CREATE INDEX bulletins_sent ON bulletins (sent_at) WHERE change_id IS NOT NULL;
  -- One index for each rank, so that a look for alerts passes over no pending copies.
  DROP INDEX deliveries_next;
  CREATE INDEX deliveries_next ON deliveries (next_attempt_at, turn, id)
    WHERE state = 'due' AND turn > 0;
  CREATE INDEX deliveries_last ON deliveries (next_attempt_at, turn, id)
    WHERE state = 'due' AND turn < 0;
  `,
];
