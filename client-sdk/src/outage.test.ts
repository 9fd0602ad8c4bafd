import { afterEach, describe, expect, it, vi } from 'vitest'
import { AgentClient } from './agent-client.ts'
import { manualClocks } from './testing/manual-clocks.ts'

/** Nothing listens there (RFC 1340: tcpmux), so that a connection is refused at once. */
const NOBODY = 'http://127.0.0.1:1'

afterEach(() => void vi.restoreAllMocks())

describe('[AG5] an agent that cannot reach its control plane', () => {
  it('says on standard error where it tries and why that fails, once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const clocks = manualClocks()
    const client = new AgentClient({ url: NOBODY, token: 'token', clocks })
    const starting = client.start().catch((error: unknown) => error)
    await vi.waitFor(() => expect(clocks.timers).toBeGreaterThan(1)) // it was refused, and waits to try again
    clocks.advance(2_900)
    expect(warn).not.toHaveBeenCalled()
    await vi.waitFor(() => {
      clocks.advance(1_000)
      expect(warn).toHaveBeenCalled()
    })
    clocks.advance(60_000)
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining(`waiting for the control plane at ${NOBODY} (connection refused)`)],
    ])
    await client.close()
    await starting
  })

  it('tells a logger instead, where it was given one', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const clocks = manualClocks()
    const told: string[] = []
    const logger = { warn: (message: string) => void told.push(message) }
    const client = new AgentClient({ url: NOBODY, token: 'token', clocks, logger })
    const starting = client.start().catch((error: unknown) => error)
    await vi.waitFor(() => {
      clocks.advance(1_000)
      expect(told.some((line) => line.includes(NOBODY))).toBe(true)
    })
    expect(warn).not.toHaveBeenCalled()
    await client.close()
    await starting
  })
})
