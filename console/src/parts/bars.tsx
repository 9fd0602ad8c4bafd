interface Props {
  readonly label: string
  readonly values: readonly number[]
  /** What a bar stands for, in words. */
  readonly nameOf: (slot: number) => string
  /** What stands below them: one for each bar, or one for either end. */
  readonly axis: readonly string[]
  /** From here on a bar is drawn as too high. */
  readonly limit?: number
  /** Whether the label stands above; else only those who do not see the bars hear it. */
  readonly captioned?: boolean
}

/** A row of bars; what they show is also said in words. */
export function Bars({ label, values, nameOf, axis, limit = Number.POSITIVE_INFINITY, captioned }: Props) {
  const most = Math.max(limit === Number.POSITIVE_INFINITY ? 1 : limit, ...values)
  const words = values.flatMap((value, slot) => (value > 0 ? [`${nameOf(slot)}: ${value}`] : [])).join(', ')
  return (
    <figure class="plot bars">
      {captioned ? <figcaption>{label}</figcaption> : null}
      <div class="slots" role="img" aria-label={`${label}: ${words || 'none'}`}>
        {values.map((value, slot) => (
          <span key={nameOf(slot)} class="slot">
            {value > 0 ? value : ''}
            <i class={value >= limit ? 'over' : ''} style={{ height: `${(value / most) * 100}%` }} />
          </span>
        ))}
      </div>
      <div class={axis.length === values.length ? 'axis each' : 'axis'} aria-hidden="true">
        {axis.map((name) => (
          <span key={name}>{name}</span>
        ))}
      </div>
    </figure>
  )
}
