import { pino } from 'pino'

/** A logger whose lines stay here, as `level message`. */
export function logLines() {
  const lines: string[] = []
  const write = (line: string): void => {
    const { level, msg } = JSON.parse(line)
    lines.push(`${pino.levels.labels[level]} ${msg}`)
  }
  return { logger: pino({ level: 'info' }, { write }), lines }
}
