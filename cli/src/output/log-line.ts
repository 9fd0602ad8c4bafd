import { localTime } from './format.ts'
import type { Colors } from './output.ts'
import { visible } from './visible.ts'

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}
const WARN = 40
const ERROR = 50
const PLAIN = new Set(['level', 'time', 'msg', 'node', 'pid', 'hostname'])

/** One line of the server's JSON log for people: time, level, message, and what else it says as `key=value`. */
export function prettyLogLine(line: string, colors: Colors): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line)
  } catch {
    return visible(line.trimEnd())
  }
  const { level, time, msg } = entry as { level?: number; time?: number; msg?: string }
  const at = typeof time === 'number' ? localTime(new Date(time).toISOString(), new Date(time)) : ''
  const name = (LEVELS[level ?? 0] ?? 'log').padEnd(5)
  const paint = (level ?? 0) >= ERROR ? colors.red : (level ?? 0) >= WARN ? colors.yellow : colors.dim
  const more = Object.entries(entry)
    .filter(([key]) => !PLAIN.has(key))
    .map(
      ([key, value]) =>
        `${visible(key)}=${visible(typeof value === 'string' ? value : JSON.stringify(value))}`,
    )
  return [colors.dim(at), paint(name), visible(msg ?? ''), colors.dim(more.join(' '))]
    .filter(Boolean)
    .join(' ')
}
