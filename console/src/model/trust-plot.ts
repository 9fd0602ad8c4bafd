/** Trust at one moment, and what moved it. */
export interface Sample {
  readonly at: number
  readonly trust: number
  readonly cause: string
}

export interface Plot {
  /** An SVG path over a box of `width` by `height`; trust moves in steps. */
  readonly path: string
  readonly from: number
  readonly to: number
}

/** Draws samples in order of time as steps up to `now`. */
export function plotTrust(
  samples: readonly Sample[],
  now: number,
  width: number,
  height: number,
): Plot | undefined {
  const [first] = samples
  if (!first) return undefined
  const from = first.at
  const to = Math.max(now, from + 1)
  const x = (at: number) => (((at - from) / (to - from)) * width).toFixed(1)
  const y = (trust: number) => ((1 - trust) * height).toFixed(1)
  let path = `M0 ${y(first.trust)}`
  for (const { at, trust } of samples.slice(1)) path += `H${x(at)}V${y(trust)}`
  return { path: `${path}H${width}`, from, to }
}
