import { render } from 'ink-testing-library'
import { afterEach, expect, vi } from 'vitest'
import { App } from '../app.tsx'
import type { ConsoleClient } from '../console-client.ts'
import { STILL_FOR_MS } from '../use-stillness.ts'

const screens: { unmount: () => void }[] = []
afterEach(() => {
  for (const screen of screens.splice(0)) screen.unmount()
})

/** The console on a terminal of its own, which is there until the test is over. */
export function open(client: ConsoleClient, { columns }: { readonly columns?: number } = {}) {
  let now = 0
  const screen = render(<App client={client} url="http://here" color={false} clock={() => now} />)
  screens.push(screen)
  if (columns !== undefined) {
    Object.defineProperty(screen.stdout, 'columns', { value: columns })
    screen.stdout.emit('resize')
  }
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
export const ENTER = '\r'
export const DOWN = '\u001b[B'
