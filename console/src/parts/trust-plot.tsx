import type { EventView } from '@holdpoint/shared'
import { clockTime } from '../model/time.ts'
import { causeWords } from '../model/trust-cause.ts'
import { plotTrust, type Sample } from '../model/trust-plot.ts'
import { now, policy } from '../state/live.ts'
import { Text } from './text.tsx'

const WIDTH = 720
const HEIGHT = 140

/** Trust over time, with the levels it earns; the same as a table for those who read it. */
export function TrustPlot({ events }: { readonly events: readonly EventView[] }) {
  const samples = events.map(sampleOf).reverse()
  const plot = plotTrust(samples, now.value, WIDTH, HEIGHT)
  if (!plot) return <p class="muted">Trust has not moved yet.</p>
  const levels = Object.entries(policy.value?.autonomy ?? {})
  const last = samples.at(-1)
  return (
    <figure class="plot">
      <div class="trust-plot" role="img" aria-label={`Trust, now ${last?.trust.toFixed(3)}`}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {levels.map(([name, { fromTrust }]) => (
            <path key={name} class="grid" d={`M0 ${(1 - fromTrust) * HEIGHT}H${WIDTH}`} />
          ))}
          <path class="curve" d={plot.path} />
        </svg>
        {levels.map(([name, { fromTrust }]) => (
          <span key={name} aria-hidden="true" style={{ top: `${(1 - fromTrust) * 100}%` }}>
            {name}
          </span>
        ))}
      </div>
      <div class="axis" aria-hidden="true">
        <span>{clockTime(plot.from)}</span>
        <span>now</span>
      </div>
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Trust</th>
              <th scope="col">Cause</th>
            </tr>
          </thead>
          <tbody>
            {samples
              .slice(-50)
              .reverse()
              .map(({ at, trust, cause }) => (
                <tr key={`${at} ${trust} ${cause}`}>
                  <td>{clockTime(at)}</td>
                  <td class="figures">{trust.toFixed(4)}</td>
                  <td>
                    <Text>{cause}</Text>
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}

function sampleOf(event: EventView): Sample {
  const { trust } = event.data as { trust?: number }
  return { at: Date.parse(event.at), trust: trust ?? 0, cause: causeWords(event) }
}
