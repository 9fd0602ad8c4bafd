import { clock, type Exchange, type IndexedHistory, type Span } from '../history.ts'

/** PR2: what was answered was answered in time. What its node was frozen for is not counted. */
export function checkTimely({ exchanges, timing }: IndexedHistory): readonly string[] {
  if (!timing) return []
  return exchanges.flatMap((exchange) => {
    const tookMs = Math.round(runningTime(exchange, timing.frozen))
    return tookMs <= timing.answeredWithinMs ? [] : [late(exchange, tookMs, timing.answeredWithinMs)]
  })
}

function runningTime({ at, answeredAt = at }: Exchange, frozen: readonly Span[]): number {
  const overlaps = frozen.map(({ from, to }) => Math.max(0, Math.min(to, answeredAt) - Math.max(from, at)))
  return answeredAt - at - overlaps.reduce((sum, ms) => sum + ms, 0)
}

const late = ({ name, principal, at, answer }: Exchange, tookMs: number, withinMs: number): string =>
  `Late: ${principal} sent ${name} at ${clock(at)}, and was answered ` +
  `${answer?.ok === false ? answer.error.code : 'ok'} after ${tookMs} ms, where ${Math.round(withinMs)} are the bound.`
