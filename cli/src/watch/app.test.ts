import type { TicketView } from '@holdpoint/shared'
import { describe, expect, it, vi } from 'vitest'
import { width } from '../output/width.ts'
import { agent, approval, controlPlane, inMs } from './testing/control-plane.ts'
import { DOWN, ENTER, open } from './testing/screen.tsx'

describe('the terminal console', () => {
  it('shows what waits with its countdown, its arguments and the agent’s words as such', async () => {
    const screen = open(controlPlane([approval('old', { summary: 'it is stale', risk: 0.4 })]).client)
    await screen.shows(/1h 00m +admin_only +folder-agent +delete_data +\{"path":"old\.log"\}/)
    await screen.shows('it says “it is stale”')
    await screen.shows('● live')
    await screen.shows(/folder-agent +running +- +12s/)
  })

  it('says whole that decisions are off, on the narrowest screen and at the longest address', async () => {
    const plane = controlPlane([])
    const screen = open(plane.client, { columns: 60 })
    await screen.shows('● live')
    plane.connect('stale')
    await screen.shows(/ ○ STALE since \S+, decisions off \S+$/m)
    plane.connect('reconnecting')
    await screen.shows(/ ○ reconnecting since \S+, decisions off \S+$/m)
    plane.connect('silent')
    await screen.shows(/ ○ no sign of life for .+, decisions off \S+$/m)
  })

  it('[AP2] decides nothing while the server gives no sign of life, and still sends a stop', async () => {
    const plane = controlPlane([approval('old', { level: 'required' })])
    const screen = open(plane.client)
    await screen.shows('● live')
    plane.connect('silent')
    await screen.shows('no sign of life')
    for (const key of ['a', 'd', 'r', 'u']) await screen.press(key, 'Only pause and stop are sent.')
    await screen.press('s', 'STOP and lock folder-agent, because:')
    await screen.type('looks wrong')
    await screen.press(ENTER, 'folder-agent: stop asked for')
    expect(plane.sent.filter((one) => !one.startsWith('seen'))).toEqual(['stop folder-agent looks wrong'])
  })

  it('[AG7] says on the narrowest screen how many of its agents each standing order has halted', async () => {
    const plane = controlPlane([])
    const screen = open(plane.client, { columns: 60 })
    plane.order({ id: 'one', held: { agents: 30, halted: 12 } })
    await screen.shows(/^ {2}1 standing order, 12 of 30 agents halted: holdpoint orders *$/m)
    // nobody takes an order that was not counted yet for one that holds nobody
    plane.order({ id: 'two' })
    await screen.shows('2 standing orders, 12 of 30 + ? agents halted')
  })

  it('says whole what a terminal lacks that is too small', async () => {
    const screen = open(controlPlane([]).client, { columns: 20 })
    await screen.shows(/^Make this terminal *\nlarger: 60×12 at *\nleast\. *$/m)
  })

  it('tells on the narrowest screen how to get help, and back', async () => {
    const screen = open(controlPlane([approval('old')]).client, { columns: 60 })
    await screen.shows(/↵ open {2}a approve .*\? help {2}q quit$/m)
    await screen.press(ENTER, /a approve .*esc back$/m)
  })

  it('shows its help whole on the narrowest screen', async () => {
    const screen = open(controlPlane([]).client, { columns: 60 })
    await screen.shows('● live')
    await screen.press('?', 'KEYS')
    expect(screen.frame()).not.toContain('…')
    expect(screen.frame().split('\n').length).toBeLessThan(24)
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

  const alike = (end: string) => ({ text: `${'x'.repeat(300)}${end}` })

  it('[AP10] marks lines that read the same and would run something else by the beginnings of their digests', async () => {
    const [one, two] = [approval('aaa', { args: alike('1') }), approval('bbb', { args: alike('2') })]
    const screen = open(controlPlane([one, two, approval('ccc')]).client)
    for (const { digest } of [one, two])
      await screen.shows(`admin_only   #${digest.slice(7, 15)} folder-agent  delete_data  {"text":"xx`)
    expect(screen.frame().match(/#[0-9a-f]{8} /g)).toHaveLength(2)
  })

  it('[AP10] marks them also where a long name leaves no room for what they would run', async () => {
    const of = (id: string) => approval(id, { agent: 'a'.repeat(80) })
    const screen = open(controlPlane([of('one'), of('two')]).client, { columns: 60 })
    await screen.shows(/ #[0-9a-f]{8} a+…\n.*\n.* #[0-9a-f]{8} a+…\n/)
    for (const line of screen.frame().split('\n')) expect(line.length).toBeLessThanOrEqual(60)
  })

  it('[AP10] does not take for shown whole what a mark has moved out of sight', async () => {
    const args = { path: 'p'.repeat(49) }
    const own = approval('aaa', { level: 'review', agent: 'a', args })
    const other = approval('bbb', { agent: 'b'.repeat(40), args: { path: `${'p'.repeat(49)}q` } })
    const plane = controlPlane([own, other])
    const screen = open(plane.client, { columns: 100 })
    await screen.shows(/#[0-9a-f]{8} a {2}delete_data {2}\{"path":"p+…/)
    await screen.press('a', 'not shown whole here')
    expect(plane.sent).toEqual([])
  })

  it('[AP10] shows to its last character what is drawn wider than it is long', async () => {
    const wide = `${'✅'.repeat(45)} to mallory`
    const plane = controlPlane([approval('old', { level: 'review', args: { text: wide } })])
    const screen = open(plane.client)
    await screen.shows('✅')
    await screen.press('a', 'not shown whole here')
    await screen.press(ENTER, 'computed again from the bytes: the same')
    const lines = screen.frame().split('\n')
    expect(lines.filter((line) => line.includes('…'))).toEqual([])
    expect(lines.join('').replaceAll(/\s/g, '')).toContain('tomallory')
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

  it('[AP10] shows the end of what is typed in one line, whatever it is and however long the question', async () => {
    const plane = controlPlane([approval('old', { action: 'delete_'.repeat(20) })])
    const screen = open(plane.client, { columns: 60 })
    await screen.shows('delete_')
    await screen.press('d', /^Deny delete_.*….*, because: ▏/m)
    const typed = `${'long '.repeat(2_000)}a\u202Eb\u200B p\u0430y 👩🏽‍🚀 e\u0301`
    await screen.pressAtOnce(`\u001b[200~${typed}\u001b[201~`, /e\u0301▏$/m)
    const [line = ''] = screen.frame().match(/^Deny .*$/m) ?? []
    expect(line).toMatch(/^Deny delete_.*….*, because: ⟨U\+0430⟩y \S+ e\u0301▏$/)
    expect(width(line)).toBeLessThanOrEqual(60)
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

  it('[IN1] names whom it is about to stop to the end, where agents of one family begin alike', async () => {
    const family = 'nightly-import-of-all-invoices-of-the-north'
    const plane = controlPlane([], [agent(`${family}/worker-1`), agent(`${family}/worker-2`)])
    const screen = open(plane.client, { columns: 80 })
    await screen.shows('nightly')
    await screen.press('\t', '▸ nightly')
    await screen.press('s', /^STOP and lock nightly.*….*worker-1, because: ▏/m)
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
