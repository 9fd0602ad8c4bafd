import type {
  AgentView,
  ApprovalDetail,
  EventView,
  OperatorAnswers,
  OrderView,
  Policy,
  StandingGrantView,
  TicketView,
} from '@holdpoint/shared'
import { hasNoRun } from '@holdpoint/shared'
import type {
  AgentDetail,
  AgentFilter,
  AgentPage,
  ApprovalFilter,
  ApprovalPage,
  CallOptions,
  EventPage,
  HistoryQuery,
  LogQuery,
  StandingList,
  TicketFilter,
  TicketPage,
} from '../operator-types.ts'
import { verifyBytes, verifyDetail } from '../verify-detail.ts'
import { followOrders } from './follow-orders.ts'
import { OperatorRequests } from './requests.ts'

/** The first minor version of the protocol whose `agents.list` takes `noRun`. */
const TELLS_NO_RUN = 5

/** What is there to be seen: agents, what waits, the log, the policy. */
export abstract class ReadingRequests extends OperatorRequests {
  async orders(options?: CallOptions): Promise<readonly OrderView[]> {
    return (await this.read('order.list', {}, options)).orders
  }

  /**
   * Keeps `held` of the replica's standing orders current, over reconnects too; `onChange` tells of it. Returns what ends it;
   * so does closing the client.
   */
  followOrders(): () => void {
    return followOrders(this.session)
  }

  /** What was released in advance for one agent, or without one for all of them, by agent (AP13). */
  async standing(agent?: string, options?: CallOptions): Promise<StandingList> {
    const all: StandingGrantView[] = []
    const unreadable = new Set<string>()
    let cursor: string | undefined
    do {
      const page: OperatorAnswers['standing.list'] = await this.read(
        'standing.list',
        { agent, cursor },
        options,
      )
      all.push(...page.standing)
      for (const id of page.unreadable ?? []) unreadable.add(id)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return { standing: all, ...(unreadable.size > 0 && { unreadable: [...unreadable] }) }
  }

  async agents(filter: AgentFilter = {}, options?: CallOptions): Promise<AgentPage> {
    const page = await this.#listed(filter, options)
    this.#see(page.agents)
    const isWhole = !filter.labels && !filter.search
    const { counts, unreadable = [] } = page
    if (isWhole)
      this.session.replica.countAgents(Object.values(counts).reduce((sum, n) => sum + n, unreadable.length))
    return page
  }

  /** A server that can't tell those without a run apart refuses to be asked: what it lists is looked through here. */
  async #listed(filter: AgentFilter, options?: CallOptions): Promise<AgentPage> {
    const { noRun, ...rest } = filter
    if (noRun === undefined || (await this.session.serverMinor(options)) >= TELLS_NO_RUN)
      return this.read('agents.list', filter, options)
    const state = noRun ? { state: 'stopped', ...rest } : rest
    const page = await this.read('agents.list', state, options)
    return { ...page, agents: page.agents.filter((agent) => hasNoRun(agent) === noRun) }
  }

  async agent(id: string, options?: CallOptions): Promise<AgentDetail> {
    const detail = await this.read('agent.get', { id }, options)
    this.#see([detail.agent])
    return detail
  }

  /** The visible window: these agents' presence comes in until the next call. */
  async watchAgents(ids: readonly string[], options?: CallOptions): Promise<readonly AgentView[]> {
    this.session.watch(ids)
    const { agents } = await this.read('agents.watch', { ids }, options)
    this.#see(agents)
    return agents
  }

  /** One approval with the bytes that would run, verified. Errors: HoldpointError `invalid` where they don't match. */
  async approval(id: string, options?: CallOptions): Promise<ApprovalDetail> {
    const { approval } = await this.read('approval.get', { id }, options)
    verifyDetail(approval)
    return approval
  }

  approvals(filter: ApprovalFilter = {}, options?: CallOptions): Promise<ApprovalPage> {
    return this.read('approval.list', filter, options)
  }

  async ticket(id: string, options?: CallOptions): Promise<TicketView> {
    return (await this.read('ticket.get', { id }, options)).ticket
  }

  tickets(filter: TicketFilter = {}, options?: CallOptions): Promise<TicketPage> {
    return this.read('ticket.list', filter, options)
  }

  /** One page, newest first. */
  history(query: HistoryQuery = {}, options?: CallOptions): Promise<EventPage> {
    return this.read('history.list', query, options)
  }

  /**
   * What policy refused at once, by the number of its `action.refused` event: with the bytes that were asked for, verified.
   * Errors: HoldpointError `not_found`; `invalid` where they don't match.
   */
  async refusal(seq: number, options?: CallOptions): Promise<OperatorAnswers['refusal.get']> {
    const refusal = await this.read('refusal.get', { seq }, options)
    verifyBytes(refusal.canonical, refusal.event.data)
    return refusal
  }

  /** All pages, newest first; the next page is only read when it is asked for. */
  async *historyEvents(query: HistoryQuery = {}, options?: CallOptions): AsyncIterableIterator<EventView> {
    let { cursor } = query
    do {
      const page = await this.history({ ...query, cursor }, options)
      yield* page.events
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  /** The log exactly as it is kept, oldest first, a page of what follows on `after` (PR7). */
  log(query: LogQuery, options?: CallOptions): Promise<OperatorAnswers['log.read']> {
    return this.read('log.read', query, options)
  }

  async policy(options?: CallOptions): Promise<Policy> {
    return (await this.activePolicy(options)).policy
  }

  /** The active policy, with its digest and who activated it. */
  activePolicy(options?: CallOptions): Promise<OperatorAnswers['policy.get']> {
    return this.read('policy.get', {}, options)
  }

  /** These were displayed (AP11). Reported in batches; may be lost. */
  seen(ids: readonly string[]): void {
    this.session.seen(ids)
  }

  /** Which approval or ticket this person has before them, for other consoles to see; undefined: none. */
  look(id: string | undefined): void {
    this.session.look(id)
  }

  #see(agents: readonly AgentView[]): void {
    for (const agent of agents) this.session.replica.seeAgent(agent)
  }
}
