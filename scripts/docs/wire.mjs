import { built, dependency } from './built.mjs'
import { code, table } from './markdown.mjs'
import { declaration, members } from './sources.mjs'
import { AGENT_REQUESTS, OPERATOR_REQUESTS } from './wire-words.mjs'

const ANSWERS = 'shared/src/protocol/answers.ts'
const VIEWS = 'shared/src/protocol/views.ts'
const ON_CALL = 'shared/src/protocol/on-call-views.ts'
const PERSONS = 'shared/src/protocol/person-views.ts'
const PUSHES = 'shared/src/protocol/agent-pushes.ts'

/** Field types that have a name of their own on the page; the key is the schema's name in fields.ts. */
const NAMED = {
  id: 'a UUID in lower case',
  name: 'an agent’s or person’s id',
  key: 'the idempotency key of this request: the same key with the same payload is the same request',
  epoch: 'a fencing token `<store epoch>.<n>`',
  instance: 'a random name of this process, made when it starts and kept in memory alone',
  digest: '`sha256:` and 64 hex digits',
  score: 'a share',
  seq: 'a sequence number',
  durationMs: 'a duration, ms',
  timestamp: 'ISO 8601 UTC',
  actionName: 'what an action is called',
  text: 'a short text',
  json: 'any JSON, at most 64 levels deep, no number that readers would round, no half surrogate pairs',
  limit: 'how many at most',
  target: 'whom it is for, `{ agent, children? }`, `{ labels }` or `{ all: true }`',
  formSchema:
    'a flat JSON Schema of type `object` with at most 30 fields, no `pattern`, no `$ref`, nothing nested',
}

export async function wirePage() {
  const { z } = await dependency('shared', 'zod')
  const shared = await built('shared/dist/index.js')
  const fields = await built('shared/dist/protocol/fields.js')
  const { agentRequests, operatorRequests, operatorRoles, handshake, progress } = shared
  const { PROTOCOL, PROTOCOL_MINOR, MAX_MESSAGE_BYTES } = shared
  const schemaOf = (type) => {
    const { $schema, ...schema } = z.toJSONSchema(type)
    return schema
  }
  // by instance, since two fields may look alike and be different things
  const names = new Map(Object.keys(NAMED).map((name) => [fields[name], name]))
  const named = (type) => {
    const name = names.get(type.def.innerType ?? type)
    if (name) return `[${name}](#field-types)`
    if (type.def.element) return describe(schemaOf(type), () => named(type.def.element))
    return describe(schemaOf(type))
  }
  const fieldsOf = (schema) => {
    const { required = [] } = schemaOf(schema)
    const rows = Object.entries(schema.shape).map(([name, type]) => [
      code(name),
      required.includes(name) ? 'yes' : '',
      named(type),
    ])
    return rows.length === 0 ? 'It takes no fields: `{}`.' : table(['Field', 'Needed', 'Type'], rows)
  }
  const request = (name, schema, description, answer, role) =>
    [
      `### ${name}`,
      `${description}${role ? ` Role: \`${role}\` and up.` : ''}`,
      fieldsOf(schema),
      answer === 'Nothing' ? 'Answer: nothing more.' : `Answer: \`${answer}\``,
    ].join('\n\n')
  const section = (requests, descriptions, answers, roles = {}) =>
    Object.entries(requests)
      .map(([name, schema]) => {
        if (!(name in descriptions)) throw new Error(`scripts/docs/wire-words.mjs does not describe ${name}`)
        return request(name, schema, descriptions[name], answers[name], roles[name])
      })
      .join('\n\n')
  const types = (path, ...list) =>
    `\`\`\`ts generated\n${list.map((name) => declaration(path, name)).join('\n\n')}\n\`\`\``

  return `# The wire

Protocol version ${PROTOCOL}, minor ${PROTOCOL_MINOR}. Anything that speaks Socket.IO v4 can be an agent or a console.
[Writing an agent in another language](../how-to/write-an-agent-in-another-language.md) walks through one run.

- Two namespaces: \`/agent\` and \`/operator\`. Transport: websocket only.
- A request is one emitted event with one object and an acknowledgement. The answer is \`{ ok: true, … }\` or
  \`{ ok: false, error }\`, see [errors](errors.md).
- Unknown keys, unknown events, wrong types and binary are refused as \`invalid\`, never stripped. A request without an
  acknowledgement is answered by the event \`refused { event, error }\`. Ignore keys that you do not know in what
  you *receive*: they are how the protocol grows.
- A message may have ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB. Beyond that the connection closes.
- 200 requests a second and 400 at once per connection; beyond that \`rate_limited\`. Who goes on is cut off. So is who
  leaves 4 MiB unread, and who sends many more messages, pings and pongs than requests need. What is large is read more
  slowly: 17 MiB at once, then some 4.7 MiB a second, and the rest waits at the sender, its signs of life and renewals
  as well: send no more than 40 MiB at once. Before its token was taken, a connection
  may send a few small messages. A console that has 1 MiB to read yet gets no \`feed\` until it has; then it asks with
  \`sync\`.
- Whatever changes something takes a \`key\`. Send the same key again where you had no answer.

## Connecting

The handshake's \`auth\`:

${fieldsOf(handshake)}

A refused handshake is a \`connect_error\` whose \`data\` is the error. An accepted one is followed by \`hello\`:

${types('shared/src/protocol/handshake.ts', 'Hello')}

The connection ends within a second of its token's expiry or revocation. \`auth.refresh\` puts a fresh token of the same
subject, tenant and role in its place.

## Field types

${table(
  ['Type', 'Is'],
  Object.entries(NAMED).map(([name, what]) => [code(name), `${what}${formOf(name, schemaOf(fields[name]))}`]),
)}

## Agent to server

Namespace \`/agent\`, with a token of role \`agent\`. The first request is \`run.start\` or \`run.resume\`; from then on the
connection speaks for that agent and epoch. Every answer, refusals included, also carries the envelope:

${types(ANSWERS, 'AgentEnvelope')}

${section(agentRequests, AGENT_REQUESTS, members(ANSWERS, 'AgentAnswers'))}

### progress

How far the agent is, for display: at most 2 KiB in all, and 16 counts. It is not stored and has no acknowledgement.

${fieldsOf(progress)}

## Server to agent

- \`push\`: what happened. \`seq\` is dense per agent: on a gap, or where an answer's \`seq\` is greater than the last push,
  ask with \`lease.renew\`. A push without items says that the state changed.
- \`order\`: an order was placed or lifted. Where it fits, or the agent cannot tell, it halts first and asks then.
- \`server.draining\`: this server is about to end; come back after \`reconnectAfterMs\`.

${types(PUSHES, 'Push', 'PushItem', 'OrderNotice', 'Draining')}

## Console to server

Namespace \`/operator\`, with a person's token. What releases an action asks for the role of its level on top of the role
named here, see [the policy](policy.md).

${section(operatorRequests, OPERATOR_REQUESTS, members(ANSWERS, 'OperatorAnswers'), operatorRoles)}

## Server to console

- \`feed\`: what was committed. Whoever caused an event gets it in the answer (\`events\`) instead.
- \`presence\`: once a second, for the agents in \`agents.watch\`; and with \`onlookers\`, who looks at which item, when that
  changes. Not stored.

${types(VIEWS, 'Feed', 'EventView', 'LoggedEvent', 'StoredText', 'LogPlace', 'Presence', 'Onlooking')}

## Answers

${types(ANSWERS, 'RunAnswer', 'RequestAnswer', 'Decided', 'Intervened', 'Personal', 'Factored', 'Standing', 'Page')}

## Views

${types(
  VIEWS,
  'ApprovalView',
  'SignatureView',
  'StandingGrantView',
  'ApprovalDetail',
  'ApprovalStatus',
  'Stage',
  'Outcome',
  'TicketView',
  'TicketStatus',
  'InstructionView',
  'AgentView',
  'ControlView',
  'AutonomyView',
  'OrderView',
  'PageView',
  'PageTarget',
  'OverrideView',
  'ChannelStanding',
  'TargetResult',
  'Snapshot',
)}

${types(ON_CALL, 'OnCallView', 'ShiftView', 'ChannelAttempt')}
${types(PERSONS, 'PersonView', 'Addresses', 'FactorView')}

## HTTP

${table(
  ['Request', 'Answer'],
  [
    ['`GET /healthz`', '200 while the process answers'],
    [
      '`GET /readyz`',
      '200 where it takes work, 503 where not; `storeEpoch`, `draining` and `writable` say more',
    ],
    ['`GET /metrics`', '[metrics](metrics.md) in Prometheus’ text format'],
    ['`GET /.well-known/jwks.json`', 'the public signing keys; 404 where an external issuer is trusted'],
    [
      '`POST /v1/sign-in/link`',
      '`{ link }` as JSON: claims a one-time link, `{ token, expiresInMs }`; 401 for any that does not count',
    ],
    [
      '`POST /v1/backup`',
      'for `holdpoint backup`, with a pass made of the server’s keys: copies the embedded store within its data folder, and tells by JSON lines how far it got',
    ],
  ],
)}

Everything else is an RFC 9457 problem. There is nothing else below \`/v1\` in this version.
`
}

/** A JSON Schema in words. */
function describe(schema, words = describe) {
  if (schema.anyOf) return schema.anyOf.map((one) => words(one)).join(' or ')
  if (schema.enum) return schema.enum.map((one) => code(one)).join(', ')
  if (schema.const !== undefined) return code(String(schema.const))
  if (schema.type === 'array')
    return `${bounds(schema.minItems, schema.maxItems, 'items')} of: ${words(schema.items)}`
  if (schema.type === 'string')
    return [`text`, bounds(schema.minLength, schema.maxLength, 'characters'), pattern(schema)]
      .filter(Boolean)
      .join(', ')
  if (schema.type === 'number' || schema.type === 'integer')
    return [schema.type, bounds(safe(schema.minimum), safe(schema.maximum))].filter(Boolean).join(', ')
  if (schema.type === 'boolean') return 'boolean'
  if (schema.type === 'object' && schema.properties) {
    const { properties, required = [] } = schema
    const inner = Object.entries(properties).map(
      ([name, type]) => `${code(name + (required.includes(name) ? '' : '?'))}: ${words(type)}`,
    )
    return `object with ${inner.join('; ')}`
  }
  if (schema.type === 'object') return `object whose values are: ${words(schema.additionalProperties)}`
  return 'any JSON'
}

const pattern = (schema) => (schema.pattern ? code(schema.pattern) : '')
/** zod bounds every integer by what a double holds; that is no bound of ours. */
const safe = (bound) => (Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound)

function bounds(least, most, unit = '') {
  const of = unit ? ` ${unit}` : ''
  if (least !== undefined && most !== undefined) return `${least} to ${most}${of}`
  if (most !== undefined) return `at most ${most}${of}`
  return least === undefined ? '' : `at least ${least}${of}`
}

/** The types whose own words say more than their schema does. */
const WORDED = ['id', 'epoch', 'digest', 'target', 'formSchema', 'json', 'timestamp']

const formOf = (name, schema) => (WORDED.includes(name) ? '' : `: ${describe(schema)}`)
