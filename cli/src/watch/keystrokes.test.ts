import { OutcomeUnknownError } from '@holdpoint/client/operator'
import { refusal } from '@holdpoint/shared'
import { describe, expect, it, vi } from 'vitest'
import type { ConsoleClient } from './console-client.ts'
import { approval, controlPlane, inMs } from './testing/control-plane.ts'
import { ENTER, open } from './testing/screen.tsx'

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
