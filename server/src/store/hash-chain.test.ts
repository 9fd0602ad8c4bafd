import { createHash } from 'node:crypto'
import { canonicalText } from '@holdpoint/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChainedEvent, chainHash, dataDigestOf, type EventHeader, verifyChain } from './hash-chain.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Chains headers and data as a store does. */
function chain(links: readonly { header: EventHeader; data: Record<string, unknown> }[]): ChainedEvent[] {
  let hash = ''
  return links.map(({ header, data }) => {
    hash = chainHash(hash, header, dataDigestOf(canonicalText(data)))
    return { ...header, data, hash }
  })
}

const text = fc.string({ maxLength: 8 })
const header = fc.record(
  {
    at: fc.nat(),
    type: text,
    agent: text,
    by: text,
    push: fc.record({ seq: fc.nat(), state: text }),
    command: fc.record({ principal: text, key: text }),
  },
  { requiredKeys: ['at', 'type'] },
)
const log = fc
  .array(fc.record({ header, data: fc.dictionary(text, fc.oneof(text, fc.nat(), fc.boolean())) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((links) =>
    links.map((link, i) => ({ ...link, header: { ...link.header, partition: 'acme/0', seq: i + 1 } })),
  )

describe('the hash chain', () => {
  it('[PR7] is sha256 over previous hash, header and data digest, as documented', () => {
    const event = { partition: 'acme/0', seq: 1, at: 5, type: 'agent.started', agent: 'a' }
    const digest = sha256('{"a":1,"b":[true]}')
    expect(dataDigestOf(canonicalText({ b: [true], a: 1 }))).toBe(digest)
    const header = '[1,"acme/0",1,5,"agent.started","a",null,null,null,null,null]'
    expect(chainHash('', event, digest)).toBe(sha256(`\n${header}\n${digest}`))
    expect(chainHash('ab', event, digest)).toBe(sha256(`ab\n${header}\n${digest}`))
  })

  it('[PR7] verifies what was chained, whole or from any point on', () => {
    fc.assert(
      fc.property(log, fc.nat(), (links, at) => {
        const events = chain(links)
        const from = events[at % events.length]
        expect(verifyChain(events)).toBeUndefined()
        expect(verifyChain(events.slice(from?.seq), from)).toBeUndefined()
      }),
    )
  })

  it('[PR7] erased data leaves its digest, and the chain holds', () => {
    fc.assert(
      fc.property(log, (links) => {
        const erased = chain(links).map((event): ChainedEvent => {
          if (!('data' in event)) return event
          const { data, ...rest } = event
          return { ...rest, dataDigest: dataDigestOf(canonicalText(data)) }
        })
        expect(verifyChain(erased)).toBeUndefined()
      }),
    )
  })

  it('[PR7] any other value in any place breaks it there', () => {
    const changes: ((event: ChainedEvent) => ChainedEvent)[] = [
      (event) => ({ ...event, partition: `${event.partition}x` }),
      (event) => ({ ...event, at: event.at + 1 }),
      (event) => ({ ...event, type: `${event.type}x` }),
      (event) => ({ ...event, agent: `${event.agent ?? ''}x` }),
      (event) => ({ ...event, by: `${event.by ?? ''}x` }),
      (event) => ({ ...event, push: { seq: (event.push?.seq ?? 0) + 1, state: event.push?.state ?? '' } }),
      (event) => ({ ...event, push: { seq: event.push?.seq ?? 0, state: `${event.push?.state ?? ''}x` } }),
      (event) => ({ ...event, command: { principal: `${event.command?.principal ?? ''}x`, key: '' } }),
      (event) => ({
        ...event,
        command: { principal: event.command?.principal ?? '', key: `${event.command?.key ?? ''}x` },
      }),
      (event) => ({ ...event, data: { changed: 'by whom?' } }),
      (event) => ({ ...event, hash: sha256(event.hash) }),
    ]
    fc.assert(
      fc.property(log, fc.nat(), fc.constantFrom(...changes), (links, at, change) => {
        const events = chain(links)
        const place = at % events.length
        const changed = events.map((event, i) => (i === place ? change(event) : event))
        expect(verifyChain(changed)).toMatchObject({ seq: place + 1 })
      }),
    )
  })

  it('[PR7] an event that is missing, doubled or out of place is a break', () => {
    const events = chain(
      [1, 2, 3].map((seq) => ({ header: { partition: 'acme/0', seq, at: 0, type: 't' }, data: {} })),
    )
    const [one, two, three] = events as [ChainedEvent, ChainedEvent, ChainedEvent]
    for (const wrong of [[two], [one, three], [one, one], [one, three, two]])
      expect(verifyChain(wrong)?.reason).toContain('is missing')
    expect(verifyChain([])).toBeUndefined()
  })
})
