/** ES4: what the server knows of an agent's ways. Small: it is written with every request. */
export interface Habits {
  /** What was asked lately, oldest first: how often within the detector's time, counted from the first. */
  readonly calls: readonly Call[]
  readonly rate?: Rate | undefined
}

export interface Call {
  readonly digest: string
  readonly times: number
  readonly since: number
}

/** Requests per window, and the moving average over the windows before this one (EWMA). */
export interface Rate {
  readonly from: number
  readonly count: number
  readonly mean: number
  /** How many windows the average has seen. */
  readonly windows: number
}
