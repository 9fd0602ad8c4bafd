import type { ApprovalView, Policy, TicketView } from '@holdpoint/shared'
import type { AgentKey } from '../../commands/agent-key.ts'
import type { AgentCommands } from '../../commands/handle-command.ts'
import { type Attempt, endpointOf, type Outgoing } from '../../domain/outgoing.ts'
import type { Store } from '../../store/store.ts'
import { type ChannelHealth, standingOf } from './channel-health.ts'
import { type AddressBook, type Endpoint, endpointsOf } from './endpoints.ts'
import type { Message, Sent } from './message.ts'

/** Says one message through one endpoint; never rejects. */
export type Speak = (endpoint: Endpoint, message: Message) => Promise<Sent>

/** Says what is due to be said (ES2): at least once, and records how it went. */
export interface Notifier {
  /** Resolves at once where too many are being said already: the deadline's claim runs out and it comes back. */
  deliver(agent: AgentKey, id: string, deadline: string): Promise<void>
  /** Through one channel now, to its own destination or to somebody. Undefined: policy has no such channel. */
  test(tenant: string, channel: string, id: string, person?: string): Promise<readonly Attempt[] | undefined>
  /** Waits for what is being said. */
  idle(): Promise<void>
}

/** So many messages at a time: slow receivers hold up neither time-outs nor memory. */
const MAX_UNDER_WAY = 100

export interface NotifierPorts {
  readonly agents: Pick<AgentCommands, 'document' | 'system'>
  readonly store: Pick<Store, 'record' | 'blob' | 'now'>
  readonly people: AddressBook
  readonly policyOf: (tenant: string) => Promise<Policy>
  readonly health: ChannelHealth
  readonly speak: Speak
  readonly publicUrl: string | undefined
  /** Counts a try, for metrics. */
  readonly tried: (channel: string, outcome: Sent['outcome']) => void
}

export function createNotifier(ports: NotifierPorts): Notifier {
  const { agents, store, people, policyOf, health, speak, publicUrl, tried } = ports
  const underWay = new Map<string, Promise<void>>()

  const say = async (tenant: string, endpoint: Endpoint, message: Message): Promise<Attempt> => {
    const { channel, config, person } = endpoint
    const disabled = standingOf(await health.current(tenant), channel, config)?.disabled
    if (disabled && message.says !== 'test')
      return { channel, person, outcome: 'failed', reason: `The channel is disabled: ${disabled.reason}` }
    const sent = await speak(endpoint, message)
    tried(channel, sent.outcome)
    await health.note(tenant, channel, config, sent)
    if (sent.outcome === 'delivered') return { channel, person, outcome: 'delivered' }
    return { channel, person, outcome: sent.outcome === 'retry' ? 'retry' : 'failed', reason: sent.reason }
  }

  const attempts = async ({ tenant, id: agent }: AgentKey, outgoing: Outgoing): Promise<Attempt[]> => {
    const all = await endpointsOf(await policyOf(tenant), tenant, outgoing.to, people)
    const settled = [...outgoing.reached, ...outgoing.givenUp]
    const left = all.filter((one) => !settled.includes(endpointOf(one)))
    if (left.length === 0)
      return settled.length > 0 ? [] : [{ ...nobody(outgoing), outcome: 'failed', reason: NO_ENDPOINT }]
    const message = await messageOf(tenant, agent, outgoing)
    return Promise.all(left.map((endpoint) => say(tenant, endpoint, message)))
  }

  const messageOf = async (tenant: string, agent: string, outgoing: Outgoing): Promise<Message> => {
    const { id, about, says, reminds, queuedAt } = outgoing
    const record = await store.record(tenant, about.kind, about.id)
    const link = publicUrl && `${publicUrl.replace(/\/$/, '')}/#/${about.kind}s/${about.id}`
    const message = { id, tenant, agent, says, reminds, link: link || undefined, at: queuedAt }
    if (!record) return message
    if (about.kind === 'ticket')
      return { ...message, item: { kind: 'ticket', view: record.data as TicketView } }
    const view = record.data as ApprovalView
    const canonical = await store.blob(tenant, view.digest)
    return { ...message, item: { kind: 'approval', view, canonical } }
  }

  const deliver = async (agent: AgentKey, id: string, deadline: string): Promise<void> => {
    const doc = await agents.document(agent)
    const outgoing = doc?.outbox?.find((one) => one.id === id)
    // not before it is due: an earlier claim may have come back while another node was saying it
    const due = outgoing !== undefined && outgoing.dueAt <= store.now()
    const made = due ? await attempts(agent, outgoing) : []
    await agents.system(agent, { type: 'outbox.settle', id, attempts: made, tried: due }, deadline)
  }

  return {
    async deliver(agent, id, deadline) {
      const key = JSON.stringify([agent.tenant, agent.id, id])
      if (underWay.has(key) || underWay.size >= MAX_UNDER_WAY) return
      const working = deliver(agent, id, deadline).finally(() => {
        underWay.delete(key)
      })
      underWay.set(key, working)
      await working
    },
    async test(tenant, channel, id, person) {
      const policy = await policyOf(tenant)
      const config = Object.hasOwn(policy.channels, channel) ? policy.channels[channel] : undefined
      if (!config) return undefined
      const only = { ...policy, channels: { [channel]: config } }
      const to = person === undefined ? { channel } : { person }
      const endpoints = await endpointsOf(only, tenant, to, people)
      const message: Message = { id, tenant, agent: 'holdpoint', says: 'test', at: store.now() }
      const reachable = endpoints.filter(({ to: addresses }) => !needsAddress(config) || addresses.length > 0)
      if (reachable.length === 0) return [{ channel, person, outcome: 'failed', reason: NO_ENDPOINT }]
      return Promise.all(reachable.map((endpoint) => say(tenant, endpoint, message)))
    },
    async idle() {
      await Promise.allSettled(underWay.values())
    },
  }
}

const NO_ENDPOINT = 'No channel of the policy reaches them: they have no address there, or do not exist.'

const needsAddress = (config: Policy['channels'][string]): boolean =>
  config.kind === 'email' || config.kind === 'slack'

const nobody = ({ to }: Outgoing): Pick<Attempt, 'channel' | 'person'> => {
  if ('channel' in to) return { channel: to.channel }
  return { person: 'person' in to ? to.person : `team ${to.team}` }
}
