import { builtInPolicy, HOUR, type Policy } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { anaOnCall } from '../../../test/harness/ana-on-call.ts'
import {
  allWell,
  type ChannelNews,
  channelStanding,
  configDigest,
  decideChannel,
} from './channels-document.ts'
import { decideOnCall, noOverrides, type OnCallCommand, type OnCallDocument } from './on-call.ts'

const AT = Date.parse('2026-01-05T09:00:00Z')
const by = { id: 'ana', role: 'operator' } as const
const policy: Policy = {
  ...builtInPolicy,
  schedules: anaOnCall('UTC'),
}
let ids = 0
const decide = (doc: OnCallDocument, command: OnCallCommand, at = AT) =>
  decideOnCall(doc, command, { at, id: `o-${++ids}`, policy })
const override = (from: number, until: number, schedule = 'primary'): OnCallCommand => ({
  type: 'oncall.override',
  schedule,
  person: 'bo',
  from,
  until,
  by,
})

describe('ES2: overrides', () => {
  it('[ES2] are made, cancelled and forgotten once they are over', () => {
    const one = decide(noOverrides, override(AT, AT + HOUR)).effects?.doc ?? noOverrides
    expect(one.overrides).toMatchObject([{ person: 'bo', schedule: 'primary', by: 'ana' }])
    const two = decide(one, override(AT, AT + 3 * HOUR), AT + 2 * HOUR).effects?.doc ?? noOverrides
    expect(two.overrides).toHaveLength(1)
    const [{ id = '' } = {}] = two.overrides
    const none = decide(two, { type: 'oncall.cancel', id, by }).effects
    expect(none?.doc.overrides).toEqual([])
    expect(none?.events).toMatchObject([{ type: 'oncall.cancelled', by: 'ana' }])
    expect(decide(none?.doc ?? two, { type: 'oncall.cancel', id, by }).answer).toMatchObject({
      error: { code: 'not_found' },
    })
  })

  it.each([
    ['of a schedule that does not exist', override(AT, AT + HOUR, 'other'), 'not_found'],
    ['that ends before it begins', override(AT + HOUR, AT + HOUR), 'invalid'],
    ['that is over already', override(AT - 2 * HOUR, AT), 'invalid'],
  ])('[ES2] one %s is refused', (_, command, code) => {
    expect(decide(noOverrides, command).answer).toMatchObject({ error: { code } })
  })

  it('[ES2] are capped', () => {
    let doc = noOverrides
    for (let n = 0; n < 200; n++) doc = decide(doc, override(AT, AT + HOUR)).effects?.doc ?? doc
    expect(decide(doc, override(AT, AT + HOUR)).answer).toMatchObject({ error: { code: 'rate_limited' } })
  })
})

describe('ES2: channels', () => {
  const config = { kind: 'webhook', url: 'https://example.org/', secret: 'hook' } as const
  const news = (sent: ChannelNews['sent'], of: Policy['channels'][string] = config): ChannelNews => ({
    channel: 'hook',
    config: configDigest(of),
    sent,
  })
  const following = (...sent: readonly ChannelNews['sent'][]) => {
    let doc = allWell
    const types: string[] = []
    for (const one of sent) {
      const { effects } = decideChannel(doc, news(one), AT)
      doc = effects?.doc ?? doc
      types.push(...(effects?.events.map(({ type }) => type) ?? []))
    }
    return { doc, types }
  }
  const [down, gone, up] = [
    { outcome: 'retry', reason: '503' },
    { outcome: 'gone', reason: '410' },
    { outcome: 'delivered' },
  ] as const

  it('[ES2] only what changes is written', () => {
    expect(following(up, down, down, up, up, gone, down, gone).types).toEqual([
      'channel.failing',
      'channel.recovered',
      'channel.disabled',
    ])
    expect(channelStanding(following(gone, down).doc, 'hook', config)).toMatchObject({
      status: 'disabled',
      reason: '410',
    })
    expect(channelStanding(following(gone, up).doc, 'hook', config)).toMatchObject({ status: 'ok' })
  })

  it('[ES2] one that nothing was sent through is untried, and what it failed with last is its reason', () => {
    const refused = { outcome: 'failed', reason: '403' } as const
    const standing = (...sent: readonly ChannelNews['sent'][]) =>
      channelStanding(following(...sent).doc, 'hook', config)
    expect(standing()).toMatchObject({ status: 'untried' })
    expect(standing(down, refused)).toMatchObject({ status: 'failing', reason: '403' })
    expect(standing(gone, refused)).toMatchObject({ status: 'disabled', reason: '410' })
    expect(following(down, refused, up).types).toEqual(['channel.failing', 'channel.recovered'])
    expect(decideChannel(following(up).doc, news(up), AT).effects).toBeUndefined()
  })

  it('[ES2] what hinders every message is told before any was sent, and of a disabled one that it is', () => {
    const hindrance = { status: 'no_secret', reason: 'none' } as const
    expect(channelStanding(allWell, 'hook', config, hindrance)).toMatchObject(hindrance)
    expect(channelStanding(following(up).doc, 'hook', config, hindrance)).toMatchObject(hindrance)
    expect(channelStanding(following(gone).doc, 'hook', config, hindrance)).toMatchObject({
      status: 'disabled',
    })
  })

  it('[ES2] with another configuration a channel starts afresh', () => {
    const moved = { ...config, url: 'https://example.org/new' }
    expect(channelStanding(following(gone).doc, 'hook', moved)).toMatchObject({ status: 'untried' })
    expect(channelStanding(following(up).doc, 'hook', moved)).toMatchObject({ status: 'untried' })
  })
})
