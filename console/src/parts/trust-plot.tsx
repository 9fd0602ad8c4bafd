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
      <svg
        viewBox={`0 -6 ${WIDTH + 90} ${HEIGHT + 26}`}
        role="img"
        aria-label={`Trust, now ${last?.trust.toFixed(3)}`}
      >
        {levels.map(([name, { fromTrust }]) => (
          <g key={name}>
            <line
              class="grid"
              x1="0"
              x2={WIDTH}
              y1={(1 - fromTrust) * HEIGHT}
              y2={(1 - fromTrust) * HEIGHT}
            />
            <text class="tick" x={WIDTH + 6} y={(1 - fromTrust) * HEIGHT + 3}>
              {name}
            </text>
          </g>
        ))}
        <path class="curve" d={plot.path} />
        <text class="tick" x="0" y={HEIGHT + 16}>
          {clockTime(plot.from)}
        </text>
        <text class="tick end" x={WIDTH} y={HEIGHT + 16}>
          now
        </text>
      </svg>
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
