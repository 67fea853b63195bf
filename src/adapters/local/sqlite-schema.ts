/** Grows by one with every change of the tables; kept in the file's `user_version`. */
export const schemaVersion = 2;

/** Marks the file as ours (SQLite's `application_id`): "HGLG" as a big-endian 32-bit integer. */
export const applicationId = 0x48474c47;

/**
 * Columns carry what is looked up or compared; everything else is JSON. Instants are REAL, because a scaled clock
 * shows fractions of a millisecond. `seq` is the order of arrival.
 */
export const tables = `
  CREATE TABLE endpoints (
    endpoint TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    phase TEXT NOT NULL CHECK (phase IN ('closed', 'forward', 'restoring')),
    releaseId TEXT,
    executionArn TEXT,
    lastGood TEXT,
    previousGood TEXT,
    target TEXT,
    intent TEXT,
    exposed INTEGER NOT NULL CHECK (exposed IN (0, 1)),
    writesUntil REAL NOT NULL,
    freeze TEXT,
    drift TEXT,
    CHECK ((phase = 'closed') = (releaseId IS NULL)),
    CHECK ((releaseId IS NULL) = (executionArn IS NULL))
  ) STRICT;

  CREATE TABLE waits (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    releaseId TEXT NOT NULL,
    state TEXT NOT NULL,
    visit INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    kind TEXT NOT NULL,
    token TEXT NOT NULL,
    earlierTokens TEXT NOT NULL,
    reference TEXT NOT NULL,
    exposed INTEGER NOT NULL CHECK (exposed IN (0, 1)),
    since REAL NOT NULL,
    deadline REAL NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('open', 'decided', 'closed')),
    decision TEXT,
    lastLook TEXT,
    UNIQUE (releaseId, state, visit),
    CHECK ((phase = 'open') = (decision IS NULL))
  ) STRICT;
  CREATE INDEX unclosedWaits ON waits (since, seq) WHERE phase <> 'closed';

  CREATE TABLE commands (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    commandId TEXT NOT NULL UNIQUE,
    releaseId TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    at REAL NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('pending', 'applied', 'rejected')),
    says TEXT NOT NULL
  ) STRICT;
  CREATE INDEX commandsOfRelease ON commands (releaseId, seq);

  CREATE TABLE releases (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    releaseId TEXT NOT NULL UNIQUE,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    intent TEXT NOT NULL,
    generation INTEGER NOT NULL,
    requestedBy TEXT NOT NULL,
    requestedAt REAL NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('queued', 'running', 'ended')),
    executionArn TEXT,
    outcome TEXT,
    endedAt REAL,
    CHECK ((phase = 'ended') = (outcome IS NOT NULL)),
    CHECK ((phase = 'ended') = (endedAt IS NOT NULL))
  ) STRICT;
  CREATE INDEX releasesInOrder ON releases (requestedAt, seq);
  CREATE INDEX releasesOfEndpoint ON releases (endpoint, phase, requestedAt, seq);

  CREATE TABLE releaseFiles (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    releaseId TEXT NOT NULL,
    ref TEXT NOT NULL,
    file TEXT NOT NULL,
    UNIQUE (releaseId, ref)
  ) STRICT;

  CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    eventId TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    deliveryId TEXT,
    contentDigest TEXT NOT NULL,
    event TEXT NOT NULL,
    receivedAt REAL NOT NULL,
    published INTEGER NOT NULL CHECK (published IN (0, 1)),
    UNIQUE (source, deliveryId),
    UNIQUE (source, contentDigest)
  ) STRICT;
  CREATE INDEX unpublishedDeliveries ON deliveries (receivedAt, seq) WHERE published = 0;

  CREATE TABLE quarantine (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    quarantineId TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    why TEXT NOT NULL,
    message TEXT NOT NULL,
    at REAL NOT NULL
  ) STRICT;

  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    onceId TEXT UNIQUE,
    releaseId TEXT,
    entry TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL
  ) STRICT;
  CREATE INDEX auditOfRelease ON audit (releaseId, seq);
`;
