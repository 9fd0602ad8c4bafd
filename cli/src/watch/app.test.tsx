import { type Change, type ConnectionStatus, OutcomeUnknownError } from '@holdpoint/client/operator'
import type { AgentView, ApprovalDetail, ApprovalView, TicketView } from '@holdpoint/shared'
import { canonicalAction, refusal } from '@holdpoint/shared'
import { render } from 'ink-testing-library'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { App } from './app.tsx'
import type { ConsoleClient } from './console-client.ts'
import { STILL_FOR_MS } from './use-stillness.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
const inMs = (ms: number) => new Date(NOW + ms).toISOString()

function approval(id: string, over: Partial<ApprovalView> & { args?: unknown } = {}): ApprovalDetail {
  const { args = { path: `${id}.log` }, ...view } = over
  const action = view.action ?? 'delete_data'
  const bytes = canonicalAction(action, args)
  if (!bytes.ok) throw new Error(bytes.error.message)
  return {
    id,
    agent: 'folder-agent',
    run: 'r',
    action,
    class: 'delete',
    revision: 1,
    status: 'pending',
    held: false,
    blocking: true,
    level: 'admin_only',
    rules: ['catalogue:delete_data'],
    policyVersion: 'p',
    trust: 0.5,
    autonomy: 'supervised',
    expiresAt: inMs(3_600_000),
    stages: { queued: { at: inMs(0) } },
    ...view,
    ...bytes.value,
  }
}

const agent = (id: string, over: Partial<AgentView> = {}): AgentView => ({
  id,
  labels: {},
  state: 'running',
  locked: false,
  orders: [],
  connected: true,
  leaseRemainingMs: 12_000,
  open: { approvals: 0, tickets: 0, instructions: 0 },
  autonomy: { trust: 0.5, level: 'supervised', successes: 0, failures: 0, escalations: 0, failuresInRow: 0 },
  run: { id: 'r', epoch: '1.1', startedAt: inMs(0) },
  seq: 1,
  ...over,
})

/** A control plane in a test's hands: what the console reads is set, and what it sends is recorded. */
function controlPlane(
  approvals: readonly ApprovalDetail[],
  agents: readonly AgentView[] = [agent('folder-agent')],
) {
  const details = new Map(approvals.map((one) => [one.id, one]))
  const replica = {
    approvals: new Map<string, ApprovalView>(details),
    tickets: new Map<string, TicketView>(),
    orders: new Map(),
    agents: new Map(agents.map((one) => [one.id, one])),
    counts: { agents: agents.length, approvals: approvals.length, tickets: 0 },
    seq: 0,
  }
  const listeners = new Set<(change: Change) => void>()
  const sent: string[] = []
  const decide = (verb: string, status: ApprovalView['status'], words?: string) => {
    return async (displayed: Pick<ApprovalView, 'id' | 'digest' | 'revision'>, text?: unknown) => {
      const one = details.get(displayed.id)
      if (!one) throw new Error('unknown')
      sent.push(
        [verb, displayed.id, displayed.revision, typeof text === 'string' ? text : ''].join(' ').trim(),
      )
      replica.approvals.delete(displayed.id)
      const view: ApprovalView = { ...one, status, decidedBy: 'me', ...(words ? { [words]: text } : {}) }
      tell({
        kind: 'events',
        events: [{ seq: 1, at: inMs(0), type: `approval.${status}`, data: { approval: view } }],
      })
      return view
    }
  }
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change)
  }
  const intervene = (verb: string) => async (target: unknown, reason?: string) => {
    sent.push([verb, target, reason ?? ''].join(' ').trim())
    return { results: [{ agent: String(target), ok: true }] }
  }
  const client = {
    replica,
    connection: { status: 'live', since: NOW } as ConnectionStatus,
    serverNow: () => NOW,
    onChange: (listener: (change: Change) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    approval: async (id: string) => details.get(id) as ApprovalDetail,
    approve: decide('approve', 'approved'),
    deny: decide('deny', 'denied', 'reason'),
    respond: decide('respond', 'denied', 'response'),
    ticket: async (id: string) => replica.tickets.get(id),
    answer: async (id: string, answer: unknown) => {
      sent.push(`answer ${id} ${JSON.stringify(answer)}`)
      return { ...replica.tickets.get(id), status: 'resolved' }
    },
    pause: intervene('pause'),
    stop: intervene('stop'),
    resume: intervene('resume'),
    agents: async () => ({ agents, counts: {} }),
    watchAgents: async () => agents,
    seen: (ids: readonly string[]) => void sent.push(`seen ${ids}`),
  }
  return {
    client: client as unknown as ConsoleClient,
    sent,
    tell,
    listeners,
    arrive(one: ApprovalDetail) {
      details.set(one.id, one)
      replica.approvals.set(one.id, one)
      tell({ kind: 'events', events: [] })
    },
    ask(ticket: Partial<TicketView>) {
      const view = {
        kind: 'question',
        agent: 'folder-agent',
        status: 'open',
        priority: 5,
        expiresAt: inMs(60_000),
        ...ticket,
      }
      replica.tickets.set(view.id ?? '', view as TicketView)
      tell({ kind: 'events', events: [] })
    },
    decidedElsewhere(id: string, by: string) {
      const one = details.get(id)
      replica.approvals.delete(id)
      const approval = { ...one, status: 'denied', decidedBy: by, reason: 'not today' }
      tell({ kind: 'events', events: [{ seq: 2, at: inMs(0), type: 'approval.denied', data: { approval } }] })
    },
    connect(status: ConnectionStatus['status']) {
      client.connection = { status, since: NOW }
      tell({ kind: 'connection', connection: client.connection })
    },
  }
}

const screens: { unmount: () => void }[] = []
afterEach(() => {
  for (const screen of screens.splice(0)) screen.unmount()
})

function open(client: ConsoleClient) {
  let now = 0
  const screen = render(<App client={client} url="http://here" color={false} clock={() => now} />)
  screens.push(screen)
  const frame = () => screen.lastFrame() ?? ''
  const shows = (text: string | RegExp) =>
    vi.waitFor(() => expect(frame()).toMatch(typeof text === 'string' ? literally(text) : text), {
      timeout: 25_000,
    })
  return {
    frame,
    shows,
    /** Looks for a while, sends keys as a terminal does that has them together, then waits until the screen shows what it should. */
    async press(keys: string, then: string | RegExp) {
      now += STILL_FOR_MS
      screen.stdin.write(keys)
      await shows(then)
    },
    /** As `press`, with no time to look before it. */
    async pressAtOnce(keys: string, then: string | RegExp) {
      screen.stdin.write(keys)
      await shows(then)
    },
    async type(text: string) {
      screen.stdin.write(text)
      await shows(`${text}▏`)
    },
    lineOf: (text: string) =>
      frame()
        .split('\n')
        .findIndex((line) => line.includes(text)),
  }
}
const literally = (text: string) => new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
const ENTER = '\r'
const DOWN = '\u001b[B'

describe('the terminal console', () => {
  it('shows what waits with its countdown, its arguments and the agent’s words as such', async () => {
    const screen = open(controlPlane([approval('old', { summary: 'it is stale', risk: 0.4 })]).client)
    await screen.shows(/1h 00m +admin_only +folder-agent +delete_data +\{"path":"old\.log"\}/)
    await screen.shows('it says “it is stale”')
    await screen.shows('● live')
    await screen.shows(/folder-agent +running +- +12s/)
  })

  it('neutralises what an agent wrote', async () => {
    const evil = approval('x', { summary: '\u001b[2Jgone\u202E', args: { path: 'a\u202Eb' } })
    const screen = open(controlPlane([evil]).client)
    await screen.shows('⟨U+001B⟩[2Jgone⟨U+202E⟩')
    await screen.shows('{"path":"a⟨U+202E⟩b"}')
    for (const steering of ['\u202E', '\u001b[2J']) expect(screen.frame()).not.toContain(steering)
  })

  it('[AP9] approves at level admin_only only what was shown whole', async () => {
    const plane = controlPlane([approval('old')])
    const screen = open(plane.client)
    await screen.shows('old.log')
    await screen.press('a', 'look at all of it first')
    expect(plane.sent).toEqual([])
    await screen.press(ENTER, 'computed again from the bytes: the same')
    await screen.press('a', 'approved by me')
    expect(plane.sent).toEqual(['seen old', 'approve old 1'])
  })

  it('[AP10] does not approve before the last line of long arguments was on screen', async () => {
    const long = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`k${at}`, 'v']))
    const plane = controlPlane([approval('old', { args: long })])
    const screen = open(plane.client)
    await screen.shows('k0')
    await screen.press(ENTER, /more, press space/)
    await screen.press('a', 'look at all of it first')
    await screen.press(' ', /lines \d\d–/)
    await screen.press(' ', /lines [23]\d–|all/)
    await screen.press(' ', /all \d+ lines shown/)
    await screen.press('a', 'approved by me')
    expect(plane.sent).toContain('approve old 1')
  })

  it('approves at level review from the list', async () => {
    const plane = controlPlane([approval('call', { level: 'review', action: 'api_call' })])
    const screen = open(plane.client)
    await screen.shows('call.log')
    await screen.press('a', 'approved by me')
    expect(plane.sent).toEqual(['approve call 1'])
  })

  it('[AP4] denies with a reason, and sends nothing without one', async () => {
    const plane = controlPlane([approval('old')])
    const screen = open(plane.client)
    await screen.shows('old.log')
    await screen.press('d', 'Deny delete_data, because:')
    await screen.press(ENTER, 'Deny delete_data, because:')
    await screen.type('keep it')
    await screen.press(ENTER, 'denied by me: “keep it”')
    expect(plane.sent).toEqual(['deny old 1 keep it'])
  })

  it('[ES5] answers a question by the number of its choice', async () => {
    const plane = controlPlane([])
    const screen = open(plane.client)
    plane.ask({ id: 'q', question: 'How?', choices: ['by name', 'by age'] })
    await screen.shows('it asks “How?” (by name | by age)')
    await screen.press('r', '1 by name, 2 by age:')
    await screen.type('2')
    await screen.press(ENTER, 'question: answered')
    expect(plane.sent).toEqual(['answer q "by age"'])
  })

  it('never moves the item under the cursor when something arrives', async () => {
    const plane = controlPlane([approval('aaa'), approval('bbb', { expiresAt: inMs(7_200_000) })])
    const screen = open(plane.client)
    await screen.shows('bbb.log')
    await screen.press(DOWN, /▸ 2h/)
    const before = screen.lineOf('▸')
    plane.arrive(approval('urgent', { expiresAt: inMs(30_000) }))
    await screen.shows('urgent.log')
    expect(screen.lineOf('▸')).toBe(before)
    expect(screen.lineOf('bbb.log')).toBe(before)
  })

  it('says who decided what another decided, and lets nobody decide it again', async () => {
    const plane = controlPlane([approval('aaa'), approval('bbb')])
    const screen = open(plane.client)
    await screen.shows('bbb.log')
    plane.decidedElsewhere('aaa', 'ana')
    await screen.shows('– denied by ana: “not today”')
    await screen.press('d', 'It was settled: denied by ana')
    expect(plane.sent).toEqual([])
  })

  it('decides nothing while what it shows may be old', async () => {
    const plane = controlPlane([approval('old', { level: 'review' })])
    const screen = open(plane.client)
    await screen.shows('old.log')
    plane.connect('stale')
    await screen.shows('STALE since')
    await screen.press('a', 'Not connected')
    expect(plane.sent).toEqual([])
    plane.connect('live')
    await screen.shows('● live')
    await screen.press('a', 'approved by me')
  })

  it('[IN1] asks why before it stops the agent under the cursor', async () => {
    const plane = controlPlane([], [agent('one'), agent('two')])
    const screen = open(plane.client)
    await screen.shows(/two +running/)
    await screen.press('\t', '▸ one')
    await screen.press(DOWN, '▸ two')
    await screen.press('s', 'STOP and lock two, because:')
    await screen.type('wrong folder')
    await screen.press(ENTER, 'two: stop asked for')
    expect(plane.sent).toEqual(['stop two wrong folder'])
  })

  it('[AG2] shows a stop that nobody acknowledged as under way', async () => {
    const stopping = agent('one', {
      state: 'stopped',
      locked: true,
      connected: false,
      control: { wanted: 'stopped', requested: { at: inMs(0) } },
    })
    const screen = open(controlPlane([], [stopping]).client)
    await screen.shows(/one +stopping, unreach/)
  })

  it('[ES5] names a form’s fields with their types, and keeps what was typed where it is no JSON', async () => {
    const plane = controlPlane([])
    const screen = open(plane.client)
    const schema: TicketView['schema'] = {
      type: 'object',
      properties: { announce: { type: 'boolean' }, words: { type: 'string' } },
      required: ['announce'],
    }
    plane.ask({ id: 'q', question: 'Tell?', schema })
    await screen.shows('it asks “Tell?” (announce: boolean | words?: string)')
    await screen.press('r', 'JSON {announce: boolean, words?: string}:')
    await screen.type('{"announce":true')
    await screen.press(ENTER, 'That is not JSON; nothing was sent.')
    expect(screen.frame()).toContain('{"announce":true▏')
    await screen.press('}', '{"announce":true}▏')
    await screen.press(ENTER, 'question: answered')
    expect(plane.sent).toEqual(['answer q {"announce":true}'])
  })

  it('says where nothing can be denied', async () => {
    const plane = controlPlane([])
    const screen = open(plane.client)
    plane.ask({ id: 't', kind: 'ticket', reason: 'uncertainty' })
    await screen.shows('uncertainty')
    await screen.press('d', 'Nothing to deny: it is a ticket.')
  })

  it('no longer says that it is not connected once it is', async () => {
    const plane = controlPlane([approval('old')])
    const screen = open(plane.client)
    plane.connect('stale')
    await screen.shows('STALE since')
    await screen.press('a', 'Not connected')
    plane.connect('live')
    await screen.shows('● live')
    await vi.waitFor(() => expect(screen.frame()).not.toContain('Not connected'))
  })

  it('fits a terminal of 80 by 24 with more waiting than it can show', async () => {
    const many = Array.from({ length: 30 }, (_, at) => approval(`item${at}`))
    const screen = open(controlPlane(many).client)
    await screen.shows(/↓ \d+ below/)
    expect(screen.frame().split('\n').length).toBeLessThan(24)
  })
})

describe('[AP9] a key decides on nothing but what was highlighted when it was pressed', () => {
  const calls = ['one', 'two', 'three'].map((id, at) =>
    approval(id, { level: 'review', action: 'api_call', expiresAt: inMs((at + 1) * 3_600_000) }),
  )
  const TOO_SOON = 'so it was not taken'

  it('takes each of the keys that come together', async () => {
    const plane = controlPlane(calls)
    const screen = open(plane.client)
    await screen.shows('three.log')
    await screen.press('jj', /▸ .*three\.log/)
    await screen.press('a', 'approved by me')
    expect(plane.sent).toEqual(['approve three 1'])
  })

  it('decides nothing by a key that came with a move', async () => {
    const plane = controlPlane(calls)
    const screen = open(plane.client)
    await screen.shows('three.log')
    await screen.press('jja', TOO_SOON)
    expect(screen.frame()).toMatch(/▸ .*three\.log/)
    await screen.press('a', 'approved by me')
    expect(plane.sent).toEqual(['approve three 1'])
  })

  it('opens what the moves before it led to', async () => {
    const screen = open(controlPlane(calls).client)
    await screen.shows('three.log')
    await screen.press('jj\r', '"three.log"')
  })

  it('takes no letter of a refused command’s reason for a command', async () => {
    const plane = controlPlane(calls)
    const screen = open(plane.client)
    await screen.shows('three.log')
    await screen.press('jd a bad day', TOO_SOON)
    expect(plane.sent).toEqual([])
  })

  it('needs a moment after the item under the cursor changed', async () => {
    const plane = controlPlane([])
    const screen = open(plane.client)
    await screen.shows('Nothing waits')
    plane.arrive(approval('new', { level: 'review' }))
    await screen.shows('new.log')
    await screen.pressAtOnce('a', TOO_SOON)
    plane.arrive(approval('new', { level: 'review', revision: 2, args: { path: 'edited' } }))
    await screen.shows('edited')
    await screen.pressAtOnce('a', TOO_SOON)
    expect(plane.sent).toEqual([])
    await screen.press('a', 'approved by me')
    expect(plane.sent).toEqual(['approve new 2'])
  })

  it('decides once, however often the key comes', async () => {
    const plane = controlPlane(calls)
    const screen = open(plane.client)
    await screen.shows('three.log')
    await screen.press('aaa', '✓ approved by me')
    expect(plane.sent).toEqual(['approve one 1'])
  })

  it('[PR2] orders the same again under the same key while nobody knows how it ended', async () => {
    const plane = controlPlane([approval('old')])
    const keys: string[] = []
    const deny = plane.client.deny.bind(plane.client)
    const client: ConsoleClient = {
      ...plane.client,
      async deny(displayed, reason, { key = '' } = {}) {
        keys.push(key)
        if (keys.length <= 3) throw new OutcomeUnknownError(key, refusal('unknown'))
        return deny(displayed, reason, { key })
      },
    }
    const screen = open(client)
    await screen.shows('old.log')
    await screen.press('d', 'because:')
    await screen.press('keep it\r', 'It is not done twice')
    await screen.press('d', 'because:')
    await screen.press('keep it\r', 'denied by me: “keep it”')
    expect([keys.length, new Set(keys).size, keys[0]]).toEqual([4, 1, expect.stringMatching(/./)])
  })

  it('decides nothing after the person has left', async () => {
    const plane = controlPlane(calls)
    const screen = open(plane.client)
    await screen.shows('three.log')
    await screen.press('qa', '')
    await vi.waitFor(() => expect(plane.listeners.size).toBe(0))
    await new Promise(setImmediate)
    expect(plane.sent).toEqual([])
  })

  it('sends a reason whose Enter came with it', async () => {
    const plane = controlPlane([approval('old')])
    const screen = open(plane.client)
    await screen.shows('old.log')
    await screen.press('d', 'because:')
    await screen.press('keep it\r', 'denied by me: “keep it”')
    expect(plane.sent).toEqual(['deny old 1 keep it'])
  })

  it('sends nothing by a line end that was pasted', async () => {
    const plane = controlPlane([approval('old')])
    const screen = open(plane.client)
    await screen.shows('old.log')
    await screen.press('d', 'because:')
    await screen.press('\u001b[200~keep\rit\u001b[201~', 'keep it▏')
    expect(plane.sent).toEqual([])
    await screen.press(ENTER, 'denied by me: “keep it”')
  })

  it('takes nothing that was pasted for keys', async () => {
    const plane = controlPlane(calls)
    const screen = open(plane.client)
    await screen.shows('three.log')
    await screen.press('\u001b[200~a\u001b[201~', 'not taken for keys')
    expect(plane.sent).toEqual([])
  })

  it('[AP10] approves from the list only what the line shows to its end', async () => {
    const long = approval('long', { level: 'review', args: { text: 'x'.repeat(90), bcc: 'eve' } })
    const plane = controlPlane([long])
    const screen = open(plane.client)
    await screen.shows('xxx')
    await screen.press('a', 'not shown whole here')
    await screen.press(ENTER, /all \d+ lines shown/)
    await screen.press('a', 'approved by me')
    expect(plane.sent).toEqual(['seen long', 'approve long 1'])
  })
})
