import { afterEach, describe, expect, it, vi } from 'vitest'
import { AgentClient } from './agent-client.ts'
import { Outage } from './outage.ts'
import { manualClocks } from './testing/manual-clocks.ts'

/** Nothing listens there (RFC 1340: tcpmux), so that a connection is refused at once. */
const NOBODY = 'http://127.0.0.1:1'

afterEach(() => void vi.restoreAllMocks())

describe('[AG5] an agent that cannot reach its control plane', () => {
  it('says on standard error where it tries, once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const clocks = manualClocks()
    const client = new AgentClient({ url: NOBODY, token: 'token', clocks })
    const starting = client.start().catch((error: unknown) => error)
    clocks.advance(2_900)
    expect(warn).not.toHaveBeenCalled()
    clocks.advance(100)
    clocks.advance(60_000)
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining(`waiting for the control plane at ${NOBODY} (`)],
    ])
    await client.close()
    await starting
  })

  it('tells a logger instead, where it was given one, and why that fails', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const clocks = manualClocks()
    const told: string[] = []
    const logger = { warn: (message: string) => void told.push(message) }
    const client = new AgentClient({ url: NOBODY, token: 'token', clocks, logger })
    const starting = client.start().catch((error: unknown) => error)
    await vi.waitFor(() => expect(told).toContain('could not connect'))
    clocks.advance(3_000)
    expect(told).toContainEqual(expect.stringContaining(`${NOBODY} (connection refused)`))
    expect(warn).not.toHaveBeenCalled()
    await client.close()
    await starting
  })

  it('tells who was told of it when it is over, and nobody of a blip or of its own end', () => {
    const clocks = manualClocks()
    const told: string[] = []
    const outage = new Outage(NOBODY, clocks, { warn: (message) => void told.push(message) })
    outage.begin()
    outage.over()
    expect(told).toEqual([])
    outage.begin()
    clocks.advance(3_000)
    outage.over()
    expect(told).toEqual([
      expect.stringContaining('waiting'),
      `holdpoint: the control plane at ${NOBODY} is there; going on`,
    ])
    outage.begin()
    clocks.advance(3_000)
    outage.end()
    expect(told).toHaveLength(3)
  })
})
