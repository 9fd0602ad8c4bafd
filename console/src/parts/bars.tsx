interface Props {
  readonly label: string
  readonly values: readonly number[]
  readonly nameOf: (slot: number) => string
  /** From here on a bar is drawn as too high. */
  readonly limit?: number
  /** Whether each bar's name stands below it. */
  readonly named?: boolean
}

const WIDTH = 600
const HEIGHT = 64

/** A row of bars; what they show is also said in words. */
export function Bars({ label, values, nameOf, limit = Number.POSITIVE_INFINITY, named = false }: Props) {
  const most = Math.max(limit === Number.POSITIVE_INFINITY ? 1 : limit, ...values)
  const width = WIDTH / Math.max(1, values.length)
  const words = values.flatMap((value, slot) => (value > 0 ? [`${nameOf(slot)}: ${value}`] : [])).join(', ')
  return (
    <figure class="plot bars">
      <figcaption>{label}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT + (named ? 20 : 2)}`}
        role="img"
        aria-label={`${label}: ${words || 'none'}`}
      >
        {values.map((value, slot) => {
          const height = (value / most) * (HEIGHT - 14)
          return (
            <g key={nameOf(slot)}>
              <rect class="track" x={slot * width + 1} y={HEIGHT - 1} width={width - 2} height="1" />
              <rect
                class={value >= limit ? 'bar over' : 'bar'}
                x={slot * width + 1}
                y={HEIGHT - height}
                width={width - 2}
                height={height}
                rx="2"
              />
              {value > 0 ? (
                <text class="tick middle" x={(slot + 0.5) * width} y={HEIGHT - height - 4}>
                  {value}
                </text>
              ) : null}
              {named ? (
                <text class="tick middle" x={(slot + 0.5) * width} y={HEIGHT + 15}>
                  {nameOf(slot)}
                </text>
              ) : null}
            </g>
          )
        })}
      </svg>
    </figure>
  )
}
