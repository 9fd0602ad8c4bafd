import { built } from './built.mjs'
import { code, duration, list, table } from './markdown.mjs'

export async function policyPage() {
  const { builtInPolicy, evaluate, approvalLevels, autonomyLevels, MAX_ACTION_BYTES, MAX_DEPTH } =
    await built('shared/dist/index.js')
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
  return `# The built-in policy

This version has one policy, \`${version}\`, and no policy file. It is data: \`shared/src/policy/defaults.ts\`.
\`policy.get\` answers with it.

## Approval levels

${table(['Level', 'Who may release it', 'Time-out'], approvalLevels.map(level))}

A time-out fails closed: the request ends \`expired\`, never released. A level with a second factor
asks every person who releases it for a fresh code of their own: [second factors](../how-to/second-factors.md).

## Actions

${table(
  ['Action', 'Level', 'Class'],
  [
    ...Object.entries(catalogue).map(([name, entry]) => [code(name), code(entry.level), code(entry.class)]),
    ['anything else', code(unlisted.level), code(unlisted.class)],
  ],
)}

## Autonomy levels

${table(
  ['Level', 'From trust', 'Needs approval', 'May do alone', 'Reached'],
  autonomyLevels.map((name) => {
    const rule = autonomy[name]
    return [
      code(name),
      rule.fromTrust.toFixed(2),
      rule.needsApproval.includes('*') ? 'everything' : list(rule.needsApproval),
      rule.alone.includes('*') ? 'everything' : list(rule.alone),
      rule.confirmPromotion ? 'once an admin confirms it' : 'at once',
    ]
  }),
)}

A class that is in neither list needs at least \`required\`; one that is in both needs approval. This version has no
way to confirm a promotion, so an agent goes no higher than \`standard\`.

## What comes of both

The stricter of the action's level and what the agent's autonomy level asks for. "Alone" means that the request is
released at once.

${table(
  ['Action', ...autonomyLevels],
  [...Object.keys(catalogue), 'anything else'].map((action) => [
    action in catalogue ? code(action) : action,
    ...verdict(action),
  ]),
)}

## Trust

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

## Escalations

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

## Bounds

${table(
  ['What', 'Bound'],
  [
    ['an agent’s lease, where it asks for none', duration(lease.defaultMs)],
    ['an agent’s lease at most', duration(lease.maxMs)],
    ['a released action must be begun within', duration(release.useByMs)],
    ['a denial is remembered, and the same bytes refused with its reason, for', duration(denials.rememberMs)],
    ['denials in a row that open a ticket', denials.inRow],
    ['open approvals and tickets of one agent', caps.openItems],
    ['queued instructions of one agent', caps.instructions],
    ['begun and unreported actions of one agent', caps.unreported],
    ['standing orders of one tenant', caps.orders],
    ['canonical bytes of one action with its arguments', `${MAX_ACTION_BYTES / 1024} KiB`],
    ['depth of arguments', MAX_DEPTH],
  ],
)}
`
}
