import { type ApprovalView, type Digest, digestOf, type ErrorCode, type Policy } from '@holdpoint/shared'
import type { AgentCommands } from '../../commands/handle-command.ts'
import type { Answer, Person, PersonCommand } from '../../domain/commands.ts'
import type { PersonDocument } from '../../domain/person-document.ts'
import type { Store } from '../../store/store.ts'
import type { SecretOf } from './secrets.ts'
import { postToSlack } from './slack.ts'
import { buttons, mayBePressed, type Pressed } from './slack-message.ts'
import { isSignedBySlack } from './slack-signature.ts'

/** What Slack posted to the interactivity endpoint of one channel. */
export interface Interaction {
  readonly tenant: string
  readonly channel: string
  readonly timestamp: string
  readonly signature: string
  /** The body, byte for byte: that is what is signed. */
  readonly raw: string
}

/** Takes presses of buttons; returns the HTTP status. 401: not signed by Slack, or too old; nothing was done. */
export type TakePress = (interaction: Interaction) => Promise<200 | 400 | 401 | 404>

interface Press {
  readonly user: { readonly id: string }
  readonly container?: { readonly channel_id?: string; readonly message_ts?: string }
  readonly actions: readonly {
    readonly action_id: string
    readonly value?: string
    readonly action_ts: string
  }[]
}

export function createTakePress(ports: {
  readonly agents: Pick<AgentCommands, 'act'>
  readonly store: Pick<Store, 'record' | 'blob' | 'heads'>
  /** Those with this Slack member id. */
  readonly bySlack: (tenant: string, member: string) => Promise<readonly PersonDocument[]>
  readonly policyOf: (tenant: string) => Promise<Policy>
  readonly secretOf: SecretOf
  /** The wall clock, ms. */
  readonly now: () => number
  readonly base?: string | undefined
  readonly log: { error(fields: object, message: string): void }
}): TakePress {
  const { agents, store, bySlack, policyOf, secretOf, now, base, log } = ports

  const decide = async (tenant: string, press: Press): Promise<string> => {
    const [action] = press.actions
    const pressed = readPressed(action?.value)
    if (!action || pressed?.tenant !== tenant) return 'This button is not of this control plane.'
    const persons = (await bySlack(tenant, press.user.id)).filter(({ disabled }) => disabled === undefined)
    const [person] = persons
    if (!person || persons.length > 1)
      return 'No person has your Slack id; ask an admin to add it: holdpoint people change <you> --slack <id>.'
    const credential = { id: person.id, jti: `slack:${action.action_ts}`, issuedAt: now() }
    const by: Person = { id: person.id, role: person.role, credential, registered: true }
    const record = await store.record(tenant, pressed.kind, pressed.id)
    if (record?.agent === undefined) return 'It does not exist.'
    const command = await commandOf(tenant, action.action_id, pressed, record.data, by)
    if (typeof command === 'string') return command
    const { answer } = await agents.act({ tenant, id: record.agent }, command, {
      name: command.type,
      key: `slack ${action.action_ts} ${pressed.id}`.slice(0, 128),
      payload: { ...pressed },
    })
    return said(command, answer, by)
  }

  /** Whatever a button says, only what its message could show whole is decided from here. */
  const commandOf = async (
    tenant: string,
    action: string,
    { kind, id, revision, digest }: Pressed,
    data: unknown,
    by: Person,
  ): Promise<PersonCommand | string> => {
    if (kind === 'ticket')
      return action === buttons.ack ? { type: 'ticket.acknowledge', id, by } : 'There is no such button.'
    if (revision === undefined || digest === undefined) return 'There is no such button.'
    const canonical = await store.blob(tenant, digest)
    const isWhole = canonical !== undefined && digestOf(canonical) === digest
    if (!isWhole || !mayBePressed(data as ApprovalView, canonical))
      return 'This can not be decided from here; use the console.'
    const body = { key: '', id, revision, digest: digest as Digest }
    if (action === buttons.approve) return { type: 'approval.approve', body, by }
    if (action === buttons.deny)
      return { type: 'approval.deny', body: { ...body, reason: 'Denied in Slack.' }, by }
    return 'There is no such button.'
  }

  return async ({ tenant, channel, timestamp, signature, raw }) => {
    // a made-up tenant must not cost memory: what is asked of one is kept at hand
    if (!(await store.heads()).some((head) => head.tenant === tenant)) return 404
    const { channels } = await policyOf(tenant)
    const config = Object.hasOwn(channels, channel) ? channels[channel] : undefined
    if (config?.kind !== 'slack' || config.signingSecret === undefined) return 404
    const secret = await secretOf(config.signingSecret)
    if (secret === undefined || !isSignedBySlack({ timestamp, signature, raw }, secret, now())) return 401
    const press = readPress(raw)
    if (!press) return 400
    // a link that was opened: Slack asks for no more than that it was heard
    if (press.actions.every(({ action_id }) => action_id === buttons.look)) return 200
    const outcome = await decide(tenant, press)
    const token = await secretOf(config.token)
    const { channel_id: conversation, message_ts: ts } = press.container ?? {}
    if (token !== undefined && conversation !== undefined && ts !== undefined)
      await postToSlack(
        'chat.postMessage',
        { channel: conversation, thread_ts: ts, text: outcome, mrkdwn: false },
        { token, base },
      ).catch((error: unknown) => log.error({ err: error }, 'the outcome of a button could not be told'))
    return 200
  }
}

function said({ type }: PersonCommand, answer: Answer, { id }: Person): string {
  if (!answer.ok)
    return mayHaveBeenDone(answer.error.code)
      ? 'Whether this was done is not known; look at it in the console, or press again: it is not done twice.'
      : `Nothing was changed: ${answer.error.message}`
  const { approval } = answer.value as { readonly approval?: ApprovalView }
  if (!approval) return `Acknowledged by ${id}.`
  return type === 'approval.approve' && approval.status === 'pending'
    ? `Signed by ${id}; others are to sign as well.`
    : `${approval.status === 'approved' ? 'Approved' : approval.status} by ${id}.`
}

/** PR2: of these nobody may be told that nothing was changed. */
const mayHaveBeenDone = (code: ErrorCode): boolean => code === 'unknown' || code === 'internal'

function readPress(raw: string): Press | undefined {
  try {
    const press = JSON.parse(new URLSearchParams(raw).get('payload') ?? '') as Press & { type?: string }
    const fits =
      press.type === 'block_actions' &&
      typeof press.user?.id === 'string' &&
      press.actions?.every((one) => typeof one.action_id === 'string' && typeof one.action_ts === 'string')
    return fits ? press : undefined
  } catch {
    return undefined
  }
}

function readPressed(value: string | undefined): Pressed | undefined {
  try {
    const pressed = JSON.parse(value ?? '') as Pressed
    const fits = typeof pressed.id === 'string' && (pressed.kind === 'approval' || pressed.kind === 'ticket')
    return fits ? pressed : undefined
  } catch {
    return undefined
  }
}
