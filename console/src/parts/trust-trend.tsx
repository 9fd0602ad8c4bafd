import { counted } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { clockTime } from '../model/time.ts'
import { type Trend, trendOf } from '../model/trust-trend.ts'
import { session } from '../state/session.ts'

const LOOKED_BACK = 20

/** Where an agent's trust has been going lately: a number alone does not tell a fall from a rise. */
export function TrustTrend({ agent }: { readonly agent: string }) {
  const [trend, setTrend] = useState<Trend | undefined>()
  useEffect(() => {
    let wanted = true
    setTrend(undefined)
    session
      .peek()
      ?.client.history({ agent, type: 'trust.changed', limit: LOOKED_BACK })
      .then(
        ({ events }) => wanted && setTrend(trendOf(events)),
        () => {}, // a help, not a part of the decision
      )
    return () => {
      wanted = false
    }
  }, [agent])
  if (!trend) return null
  const { moved, changes, since, path } = trend
  const tone = moved < -0.0005 ? 'falling' : moved > 0.0005 ? 'rising' : 'level'
  return (
    <span class={`trend ${tone}`} title={`${counted(changes, 'change')} since ${clockTime(since)}`}>
      <svg viewBox="0 0 60 14" aria-hidden="true">
        <path d={path} />
      </svg>
      {tone} <span class="figures">{`${moved < 0 ? '−' : '+'}${Math.abs(moved).toFixed(2)}`}</span>
    </span>
  )
}
