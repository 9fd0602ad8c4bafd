import { built } from './built.mjs'
import { code, table } from './markdown.mjs'
import { sourcesBelow } from './sources.mjs'

const TICKET = {
  opened: 'it opened',
  acknowledged: 'a person looks at it',
  assigned: 'it was given to somebody',
  resolved: 'a person resolved or answered it',
  expired: 'its time passed first',
  cancelled: 'its run ended first',
  paged: 'people are being told of it: whom, by which step',
  unanswered: 'every step was taken and nobody acknowledged it',
  unreachable: 'nobody to be told of it was found, or reached',
}

const EVENTS = {
  'agent.started': 'a run began',
  'agent.completed': 'the agent completed its run',
  'agent.left': 'the process gave its lease back and left the run unfinished',
  'agent.paused': 'it is to pause',
  'agent.resumed': 'it may go on',
  'agent.stopped': 'it is to stop, and is locked',
  'agent.reinstated': 'it may be started again',
  'agent.identified': 'its renewed token says something else of its labels or owner',
  'agent.held': 'an order holds it, or a rule pauses it, that changed nothing about its state',
  'agent.unheld': 'an order was lifted, or somebody let it go on, that changed nothing about its state',
  'run.contested': 'another process waits to take the run over, on one of several nodes',
  'run.superseded': 'another process took the run over',
  'control.delivered': 'the pause or stop was written to its socket',
  'control.acknowledged': 'the agent says that it keeps to it',
  'control.enforced': 'nobody acknowledged it, and its lease has run out',
  'approval.requested': 'an action waits for a person',
  'approval.doubted': 'it was asked for again, and the same bytes may have run already',
  'approval.doubt_ended':
    'it waits because the same bytes may have run already, and what became of them has come out: another revision',
  'approval.blocking': 'it was asked for again, and its agent waits for it from now on',
  'approval.held': 'an action was asked for while the agent is paused or under an order',
  'approval.delivered': 'a console has it',
  'approval.seen': 'a person has it on screen',
  'approval.signed': 'one of several persons released it; it waits for the others',
  'approval.objected': 'one of several persons denied it; it waits for the others',
  'approval.unsigned': 'somebody who had signed was disabled: what they signed fell',
  'approval.approved': 'a person, or the last of several, released it',
  'approval.auto_approved': 'policy released it',
  'approval.denied': 'a person (or policy, on resume) turned it down',
  'approval.expired': 'nobody decided in time',
  'approval.cancelled': 'its agent withdrew it, or its run ended',
  'approval.lapsed': 'it was released and not begun in time',
  'approval.revoked': 'a person took the release back before it was begun',
  'action.begun': 'the agent claimed it, once',
  'action.reported': 'how it ended: `success`, `failure` or `unknown`',
  'action.refused': 'policy does not permit it',
  'action.doubted': 'another process asked to run what was begun before',
  'instruction.queued': 'a person gave an instruction',
  'instruction.applied': 'the agent did it',
  'instruction.declined': 'the agent did not',
  'instruction.cancelled': 'its run ended first',
  'order.placed': 'an order stands',
  'order.lifted': 'it does not any more',
  'standing.issued': 'a person released an action in advance',
  'standing.used': 'one was released by it',
  'standing.revoked': 'a person took the rest back',
  'trust.changed': 'trust moved, and why',
  'autonomy.changed': 'another autonomy level is in effect',
  'policy.shadowed': 'a candidate judges beside the active policy from now on',
  'policy.unshadowed': 'it does not any more',
  'policy.activated': 'another policy decides from now on; which, by whom and why',
  'approval.paged': 'people are being told that it waits',
  'approval.unanswered': 'everybody whom policy names was told, and nobody decided it',
  'approval.unreachable': 'nobody to be told that it waits was found, or reached',
  'message.delivered': 'a channel took a message; which, to whom and about what',
  'channel.failed': 'a message could not be delivered through a channel, and why',
  'channel.failing': 'a channel that worked does not',
  'channel.recovered': 'a channel works again',
  'channel.disabled': 'a webhook answered that it never wants to be told again',
  'oncall.overridden': 'somebody takes over from whoever a schedule says',
  'oncall.cancelled': 'they do not after all',
  'token.revoked': 'a token, or all of a subject, counts no more',
  'person.added': 'an admin registered a person',
  'person.changed': 'their record says something else',
  'person.disabled': 'they are shut out',
  'person.enabled': 'they may come in again',
  'person.link_issued': 'an admin made a sign-in link for them',
  'person.signed_in': 'a browser’s session began, and how: `link`, `password` or `password_totp`',
  'password.changed': 'their password is another one, and these sessions are over',
  'password.locked':
    'five wrong passwords: somebody guesses, or needs help; none is looked at for 15 minutes',
  'session.ended':
    'these sessions are over: `signed_out`, `ended` by somebody, `too_many`, or `cookie_reused`, which means that two have it',
  'factor.enrolled': 'a second factor counts from now on',
  'factor.replaced': 'another one took its place',
  'factor.removed': 'its person gave it up',
  'factor.locked': 'five wrong codes: somebody guesses, or needs help; no code is looked at for 15 minutes',
  'factor.recovery_used': 'a recovery code was used to enrol anew',
  'factor.reset_asked': 'an admin takes a factor away; it is gone after a day',
  'factor.reset_cancelled': 'the factor was used before that, so it stays',
  'factor.reset': 'it is gone',
  'store.history_lost': 'the store found less, or other, history than its witness saw',
  ...kinds('ticket'),
  'ticket.repeated': 'it found no ticket of its own, and is counted on the newest of its reason; what it was',
  ...kinds('question'),
}

function kinds(kind) {
  return Object.fromEntries(Object.entries(TICKET).map(([name, meaning]) => [`${kind}.${name}`, meaning]))
}

export async function eventsPage() {
  await checkNames()
  return `# Events

The log of a tenant is a sequence of facts. Consoles get them in \`feed\` frames and from \`sync\`; \`history.list\` and
\`holdpoint history\` look them up. Each is

\`\`\`json example
{ "seq": 7, "at": "2026-01-31T12:00:00.000Z", "type": "approval.approved", "agent": "greeter", "by": "ana", "data": {} }
\`\`\`

\`seq\` is dense per tenant: a gap means that something is missing, and the client asks. \`by\` is a person's or an
agent's id, \`policy\`, or \`system\`. \`data\` holds the views that the fact changed, as
[the wire](wire.md#views) defines them: \`approval\`, \`ticket\`, \`instruction\`, \`order\`; \`agent\` where the agent itself
would be shown differently.

${table(
  ['Type', 'Says'],
  Object.entries(EVENTS).map(([type, meaning]) => [code(type), meaning]),
)}
`
}

/** Every fact that the domain logs is on the page, and nothing else: names of commands and of the machine's own events apart. */
async function checkNames() {
  const { agentRequests, operatorRequests, machineEvents } = await built('shared/dist/index.js')
  const domain = sourcesBelow('server/src/domain').join('\n')
  // a command's type is declared, a fact's is passed on
  const commands = [...domain.matchAll(/readonly type: '([a-z_]+\.[a-z_]+)'/g)].map(([, name]) => name)
  const others = new Set([
    ...Object.keys(agentRequests),
    ...Object.keys(operatorRequests),
    ...machineEvents,
    ...commands,
  ])
  const store = sourcesBelow('server/src/store/embedded').join('\n')
  const texts = `${domain}\n${store.match(/'store\.[a-z_]+'/g)?.join('\n')}`
  const named = [...new Set([...texts.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(([, name]) => name))]
  const missing = named.filter((name) => !others.has(name) && !(name in EVENTS))
  if (missing.length > 0) throw new Error(`scripts/docs/events.mjs does not describe ${missing.join(', ')}`)
  // tickets, questions and answers to instructions are named out of two parts
  const composed = /^(ticket|question|instruction|approval)\./
  const gone = Object.keys(EVENTS).filter((name) => !named.includes(name) && !composed.test(name))
  if (gone.length > 0)
    throw new Error(`scripts/docs/events.mjs describes what nobody logs: ${gone.join(', ')}`)
}
