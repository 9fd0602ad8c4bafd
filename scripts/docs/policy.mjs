import { built } from './built.mjs'
import { code, duration, list, table } from './markdown.mjs'
import { policyFields } from './policy-fields.mjs'

/** For editors. */
export async function policySchemaDocument() {
  const { policyJsonSchema } = await built('shared/dist/index.js')
  return JSON.stringify(policyJsonSchema(), null, 2)
}

export async function policyPage() {
  const {
    builtInPolicy,
    evaluate,
    approvalLevels,
    autonomyLevels,
    MAX_ACTION_BYTES,
    MAX_DEPTH,
    policyJsonSchema,
  } = await built('shared/dist/index.js')
  const { levels, catalogue, unlisted, autonomy, trust, escalation, denials, lease, release, caps, version } =
    builtInPolicy
  const level = (name) => {
    const { role, factor, timeoutMs } = levels[name]
    const who = role ? `${role} and up${factor ? ', with a second factor' : ''}` : 'nobody needs to'
    return [code(name), who, role ? duration(timeoutMs) : '–']
  }
  const verdict = (action) => {
    const rows = autonomyLevels.map((autonomy) =>
      evaluate(builtInPolicy, {
        action,
        args: {},
        agent: { id: 'a', labels: {} },
        autonomy,
        trust: 0.5,
        at: 0,
      }),
    )
    return rows.map(({ kind, level }) => (kind === 'go' ? 'alone' : level))
  }
  return `# The policy

What decides is one record per tenant: until an admin activates another, the built-in policy \`${version}\`. A policy file says
what is to be otherwise; [how to write one](../how-to/write-a-policy.md). What it leaves out is as below.

## The built-in policy

### Approval levels

${table(['Level', 'Who may release it', 'Time-out'], approvalLevels.map(level))}

A time-out fails closed: the request ends \`expired\`, never released. A level with a second factor
asks every person who releases it for a fresh code of their own: [second factors](../how-to/second-factors.md).

### Actions

${table(
  ['Action', 'Level', 'Class', 'Takes from the budgets'],
  [
    ...Object.entries(catalogue).map(([name, entry]) => [
      code(name),
      code(entry.level),
      code(entry.class),
      consumed(entry.consumes),
    ]),
    ['anything else', code(unlisted.level), code(unlisted.class), consumed(unlisted.consumes)],
  ],
)}

### Autonomy levels

${table(
  ['Level', 'From trust', 'Needs approval', 'May do alone', 'Reached', 'API calls', 'Files'],
  autonomyLevels.map((name) => {
    const rule = autonomy[name]
    return [
      code(name),
      rule.fromTrust.toFixed(2),
      rule.needsApproval.includes('*') ? 'everything' : list(rule.needsApproval),
      rule.alone.includes('*') ? 'everything' : list(rule.alone),
      rule.confirmPromotion ? 'once an admin confirms it' : 'at once',
      rule.limits.apiCalls,
      rule.limits.files,
    ]
  }),
)}

A class that is in neither list needs at least \`required\`; one that is in both needs approval. The limits are what an
agent may consume in ${duration(builtInPolicy.budgets.windowMs)}, which roll on; beyond them its requests ask for \`required\`, and
releasing one grants the limit once more.

### What comes of both

The stricter of the action's level and what the agent's autonomy level asks for. "Alone" means that the request is
released at once.

${table(
  ['Action', ...autonomyLevels],
  [...Object.keys(catalogue), 'anything else'].map((action) => [
    action in catalogue ? code(action) : action,
    ...verdict(action),
  ]),
)}

### Trust

${table(
  ['What happens', 'Trust'],
  [
    ['a new agent', trust.initial],
    ['a released action succeeds', `+ ${trust.success} × (1 − trust)`],
    ['a released action fails with severity s', `− ${trust.failure} × s`],
    ['an escalation by or about the agent', `− ${trust.escalation}`],
  ],
)}

Trust stays within 0 and 1. A user's request for help costs nothing. A failure without a severity counts 0.5.

### Escalations

A ticket opens when confidence is below ${escalation.confidenceBelow}, when risk is above ${escalation.riskAbove}, after
${escalation.failuresInRow} failures in a row, and always for ${list(escalation.always)}. A reason of the agent's own
making opens one too.

${table(
  ['Reason', 'Priority'],
  [
    ...Object.entries(escalation.priorities).map(([reason, priority]) => [code(reason), priority]),
    ['anything else', escalation.otherPriority],
  ],
)}

A ticket expires after ${duration(escalation.ticketTimeoutMs)}, a question after
${duration(escalation.questionTimeoutMs)} where the agent names no other time.

### Bounds

${table(
  ['What', 'Bound'],
  [
    ['an agent’s lease, where it asks for none', duration(lease.defaultMs)],
    ['an agent’s lease at most', duration(lease.maxMs)],
    ['a released action must be begun within', duration(release.useByMs)],
    ['a denial is remembered, and the same bytes refused with its reason, for', duration(denials.rememberMs)],
    ['denials in a row that open a ticket', denials.inRow],
    ['open approvals and tickets of one agent', caps.openItems],
    ['open approvals and tickets of a tenant, shared fairly beyond that', caps.tenantOpenItems],
    ['queued instructions of one agent', caps.instructions],
    ['begun and unreported actions of one agent', caps.unreported],
    ['standing orders of one tenant', caps.orders],
    ['canonical bytes of one action with its arguments', `${MAX_ACTION_BYTES / 1024} KiB`],
    ['depth of arguments', MAX_DEPTH],
  ],
)}

## The fields of a policy file

The same as a JSON Schema for editors: [policy.schema.json](policy.schema.json), or \`holdpoint policy schema\`. A file is YAML or
JSON. Times are whole milliseconds or a number with its unit: \`500ms\`, \`30s\`, \`15m\`, \`24h\`, \`7d\`.

${policyFields(policyJsonSchema())}

${RULES}
`
}

const consumed = (consumes = {}) =>
  Object.entries(consumes)
    .map(([resource, amount]) => `${code(resource)} ${amount}`)
    .join(', ')

const RULES = `## What a rule may ask about

\`when\` is an expression of [CEL](https://cel.dev), type-checked when the policy is loaded.

${table(
  ['Name', 'Type', 'Is'],
  [
    [code('action'), 'string', 'the action’s name'],
    [code('class'), 'string', 'its class in the catalogue'],
    [code('args'), 'any JSON', 'the arguments; numbers in them are doubles'],
    [code('agent.id'), 'string', 'the agent'],
    [code('agent.owner'), 'string', 'whose it is; has no value where nobody knows'],
    [code('agent.parent'), 'string', 'the agent that it is a child of; has no value for one that is none'],
    [code('agent.autonomy'), 'string', 'the autonomy level in effect'],
    [code('labels'), 'map of strings', 'the labels of its token: ask for one with has(labels.env)'],
    [code('trust'), 'double', '0 to 1'],
    [code('risk'), 'double', 'as the agent says; has no value where it says none'],
    [code('confidence'), 'double', 'likewise'],
    [code('request.risk'), 'double', 'the same as risk, for has(request.risk)'],
    [code('request.confidence'), 'double', 'the same as confidence, for has(request.confidence)'],
    [code('budgets.apiCalls'), 'limit, used, left: ints', 'where that budget stands'],
    [code('budgets.files'), 'limit, used, left: ints', 'where that budget stands'],
    [code('time'), 'timestamp', 'when it was asked for: time.getHours("Europe/Berlin")'],
  ],
)}

Operators, \`has\`, \`all\`, \`exists\`, \`exists_one\`, \`filter\`, \`map\`, \`cel.bind\`, conversions, \`size\`, \`type\`, \`contains\`,
\`startsWith\`, \`endsWith\`, \`matches\`, \`indexOf\`, \`lastIndexOf\`, \`substring\`, \`lowerAscii\`, \`upperAscii\`, \`trim\`,
timestamps and durations are CEL’s. \`matches\` takes a pattern that is written out in the rule, in RE2’s syntax.
\`type(args.to) == list\` tells texts from lists; the types are \`bool\`, \`int\`, \`double\`, \`string\`, \`list\`, \`map\` and
\`null_type\`.

What has no value (a key that is not there, a comparison of a text with a number) makes the rule fail, unless the other side of
\`&&\` or \`||\` decides. A rule that fails makes the action \`required\`, and the answer says which and why. What judging one
request may cost is bounded; a rule that takes too many steps fails likewise.`
