import { connect } from 'node:net'
import { createInterface, type Interface } from 'node:readline'

/** Commands by name, with how many there were per round trip, most first. */
export type Commands = readonly (readonly [string, number])[]

/** What Redis's MONITOR tells of: `time [0 address] "command" …`, with `lua` for an address where a script called it. */
const LINE = /^\+[\d.]+ \[\d+ ([^\]]+)\] "([^"]+)"/

const MARK = 'holdpoint-monitor-ends'

/** What is sent while `work` runs; what scripts call inside is not counted. Watching Redis slows it down. */
export async function commandsDuring(
  port: number,
  count: number,
  work: () => Promise<unknown>,
): Promise<Commands> {
  const found = new Map<string, number>()
  const socket = connect(port, '127.0.0.1')
  socket.write('MONITOR\r\n')
  const lines = createInterface({ input: socket })
  await new Promise((resolve) => lines.once('line', resolve))
  lines.on('line', (line) => {
    const [, from, command] = LINE.exec(line) ?? []
    if (command && from !== 'lua' && !line.includes(MARK))
      found.set(command.toLowerCase(), (found.get(command.toLowerCase()) ?? 0) + 1)
  })
  await work()
  await seen(port, lines)
  socket.destroy()
  return [...found].map(([name, times]) => [name, times / count] as const).sort((a, b) => b[1] - a[1])
}

/** Resolves once what was sent up to now has come by: what MONITOR tells is a moment late. */
async function seen(port: number, lines: Interface): Promise<void> {
  const mark = connect(port, '127.0.0.1')
  const came = new Promise<void>((resolve) =>
    lines.on('line', (line) => {
      if (line.includes(MARK)) resolve()
    }),
  )
  mark.write(`ECHO ${MARK}\r\n`)
  await came
  mark.destroy()
}
