import { OutcomeUnknownError } from '@holdpoint/client/operator'
import { newId } from '@holdpoint/shared'
import { onLeaving } from './of-person.ts'

/** What was to be done, in whatever tells it from everything else: verb, target, words. */
export type Intent = readonly unknown[]

/** The keys of what nobody knows the outcome of. */
const unsettled = new Map<string, string>()
/** What is under way: the same order given again meanwhile is that order, not another. */
const underWay = new Map<string, Promise<unknown>>()
onLeaving(() => {
  unsettled.clear()
  underWay.clear()
})

/** How often what got no answer is asked again by itself; each try waits as long as the client does. */
const AGAIN = 2

/** Whether this very order has been given and not ended: pressing twice orders nothing twice. */
export const isUnderWay = (intent: Intent): boolean => underWay.has(JSON.stringify(intent))

/**
 * Runs a command until it is known how it ended (PR2). What got no answer is asked again under its key, so that it is
 * done once at most: at once, and whenever a person gives the same order again later. `unknown` is told before each.
 * Given again while it is under way it ends as that one does, and `run` is not called.
 * Errors: as `run`; OutcomeUnknownError where there is still no answer.
 */
export function settle<R>(
  intent: Intent,
  run: (key: string) => Promise<R>,
  unknown: () => void = () => {},
): Promise<R> {
  const name = JSON.stringify(intent)
  const before = underWay.get(name)
  if (before) return before as Promise<R>
  const all = settleOne(name, run, unknown).finally(() => {
    if (underWay.get(name) === all) underWay.delete(name)
  })
  underWay.set(name, all)
  return all
}

async function settleOne<R>(name: string, run: (key: string) => Promise<R>, unknown: () => void): Promise<R> {
  const key = unsettled.get(name) ?? newId()
  for (let again = AGAIN; ; again--) {
    try {
      const result = await run(key)
      unsettled.delete(name)
      return result
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError)) {
        unsettled.delete(name)
        throw error
      }
      unsettled.set(name, key)
      if (again === 0) throw error
      unknown()
    }
  }
}
