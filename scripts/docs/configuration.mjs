import { built } from './built.mjs'
import { code, table } from './markdown.mjs'
import { sourcesBelow } from './sources.mjs'

const SERVER = {
  HOLDPOINT_DATA: [
    'dataFolder',
    'The folder of the store and the signing keys. Must be on a local file system.',
  ],
  HOLDPOINT_KEYS: [
    '',
    'The folder of the signing keys, where they are not in the data folder. All nodes of one Redis need the same `keys.json` and `sealing.json`.',
  ],
  HOLDPOINT_STORE: [
    '',
    '`embedded`, for one process, or `redis`, for any number. Default: `redis` where `HOLDPOINT_REDIS_URL` is set.',
  ],
  HOLDPOINT_REDIS_URL: [
    '',
    'The Redis (7.0 or later) that nodes share: `redis://host:6379`, `rediss://user:password@host:6380/1`.',
  ],
  HOLDPOINT_REDIS_PREFIX: [
    '',
    'What every key in Redis begins with. Default `holdpoint:`; another one is another store.',
  ],
  HOLDPOINT_REDIS_STRICT: [
    '',
    '`always` or `everysec`: refuse to start on a Redis, and leave one within two seconds, whose `appendfsync` promises less, that may evict keys, or that has fewer replicas than `HOLDPOINT_REDIS_REPLICAS`.',
  ],
  HOLDPOINT_REDIS_REPLICAS: [
    '',
    'How many replicas must have a commit before it counts, on disk where Redis can say so (7.2). Default 0. Set it where a replica may be promoted. A Redis that fewer follow feeds no lease, either: agents halt meanwhile.',
  ],
  HOLDPOINT_REDIS_UPGRADE: [
    '',
    '`yes`: bring a store that an older version wrote over to this one. Only where no node of that version runs any more ([how](../how-to/upgrade.md#several-nodes)).',
  ],
  HOLDPOINT_ARCHIVE: [
    '',
    'A folder that every event is copied into, as gzipped JSON lines. It is made where there is none; a server that can not write there does not start. With several nodes, set it at one of them. Without one nothing is ever deleted from the store.',
  ],
  HOLDPOINT_ARCHIVE_KEEP_DAYS: [
    '',
    'How many days archived events stay in the store, where consoles and `history` find them. Default 30.',
  ],
  HOLDPOINT_HOST: ['host', 'The address to listen on.'],
  HOLDPOINT_PORT: ['port', 'The port, 0 for any free one.'],
  HOLDPOINT_ORIGINS: [
    'origins',
    'Browser origins that may connect beside the server’s own, joined by commas: `https://console.example`.',
  ],
  HOLDPOINT_TRUSTED_PROXIES: [
    '',
    'How many proxies of yours stand before it: limits on sign-in and on new connections then go by the address that the outermost of them wrote into `X-Forwarded-For`. Default 0: that header is believed from nobody.',
  ],
  HOLDPOINT_LOG_LEVEL: ['logLevel', '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.'],
  HOLDPOINT_NODE_NAME: ['nodeName', 'What this process is called in logs and in `/readyz`.'],
  HOLDPOINT_SECRETS: ['', 'A folder with one file per secret that channels name, like `/run/secrets`.'],
  HOLDPOINT_SECRET_NAME: [
    '',
    'One secret, by its name in the policy: `HOLDPOINT_SECRET_PAGER_KEY` is `pager-key`. Goes before the folder.',
  ],
  HOLDPOINT_WEBHOOK_ALLOW: [
    '',
    'Addresses and blocks that webhooks may reach though they are not public, joined by commas: `10.1.0.0/16`.',
  ],
  HOLDPOINT_PUBLIC_URL: ['', 'Where people open the console. Messages link there.'],
  HOLDPOINT_ISSUER: ['', 'The `iss` of an external issuer whose tokens are believed instead of our own.'],
  HOLDPOINT_JWKS_URL: [
    '',
    'Where that issuer’s keys are: https, or http on loopback. Needed with `HOLDPOINT_ISSUER`.',
  ],
  HOLDPOINT_AUDIENCE: ['', 'The `aud` that its tokens must have. Default `holdpoint`.'],
}

const CLIENT = {
  HOLDPOINT_URL: 'The control plane that commands go to. Default `http://127.0.0.1:7411`.',
  HOLDPOINT_TOKEN: 'Who you are. `--token` and `--token-file` go before it.',
  NO_COLOR: 'Anything: no colours.',
}

export async function configurationPage() {
  const { readConfig } = await built('server/dist/config.js')
  checkNames(Object.keys(SERVER), 'server/src')
  checkNames([...Object.keys(SERVER), ...Object.keys(CLIENT)], 'cli/src')
  const defaults = readConfig({}).value
  const shown = (field) => {
    const value = defaults[field]
    return value === undefined || value.length === 0 ? '–' : code(value)
  }
  return `# Configuration

The server reads environment variables, once, when it starts. A variable that is set to nothing counts as not set. One
that does not fit ends the start with a sentence that names it (exit code 2).

${table(
  ['Variable', 'Default', 'Meaning'],
  Object.entries(SERVER).map(([name, [field, meaning]]) => [code(name), shown(field), meaning]),
)}

\`holdpoint serve\` takes \`--data\`, \`--host\`, \`--port\`, \`--redis\` and \`--keys\` as well; they go before the variables.

The command line and the examples also read:

${table(
  ['Variable', 'Meaning'],
  Object.entries(CLIENT).map(([name, meaning]) => [code(name), meaning]),
)}

## Files in the data folder

${table(
  ['File', 'Holds'],
  [
    [code('keys.json'), 'The signing keys (mode 0600). Who can read it can make any token.'],
    [
      code('sealing.json'),
      'The key that second factors are encrypted with in the store (mode 0600). Beside `keys.json`, and like it the same for all nodes.',
    ],
    [code('holdpoint.db'), 'The store: an SQLite database in WAL mode.'],
    [
      `${code('holdpoint.db-journal-a')}, ${code('-b')}`,
      'The journal: what was committed and is not in the database yet. A copy of a server that runs needs it; one that stopped has emptied and removed it.',
    ],
    [code('holdpoint.db-wal'), 'What the database has not taken in yet. Belongs to it; a copy needs both.'],
    [code('heads.json'), 'The witness: where the feeds stood a moment ago. Not part of a backup, see below.'],
    [code('holder.json'), 'Who has the store open. Tells a person; locks nothing.'],
    [
      code('redis-heads-<node>.json'),
      'With Redis instead of a database: where this node has seen the feeds stand (a witness, like `heads.json`).',
    ],
  ],
)}

The folder is made with mode 0700. A key file that others can read, or a folder that others can write to, ends the
start. [Backing up and restoring](../how-to/back-up-and-restore.md) says what to copy.
`
}

/** Every variable that the sources name is on the page. */
function checkNames(known, folder) {
  const named = sourcesBelow(folder).flatMap((text) => text.match(/\bHOLDPOINT_[A-Z_]+\b/g) ?? [])
  // what ends in _ is the beginning of a name
  const missing = [...new Set(named)].filter((name) => !known.includes(name) && !name.endsWith('_'))
  if (missing.length > 0)
    throw new Error(`scripts/docs/configuration.mjs does not describe ${missing.join(', ')}`)
}
