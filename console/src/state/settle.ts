import { OutcomeUnknownError } from '@holdpoint/client/operator'
import { newId } from '@holdpoint/shared'
import { onLeaving } from './of-person.ts'

/** What was to be done, in whatever tells it from everything else: verb, target, words. */
export type Intent = readonly unknown[]

/** The keys of what nobody knows the outcome of. */
const unsettled = new Map<string, string>()
onLeaving(() => unsettled.clear())

/** How often what got no answer is asked again by itself; each try waits as long as the client does. */
const AGAIN = 2

/**
 * Runs a command until it is known how it ended (PR2). What got no answer is asked again under its key, so that it is
 * done once at most: at once, and whenever a person gives the same order again later. `unknown` is told before each.
 * Errors: as `run`; OutcomeUnknownError where there is still no answer.
 */
export async function settle<R>(
  intent: Intent,
  run: (key: string) => Promise<R>,
  unknown: () => void = () => {},
): Promise<R> {
  const name = JSON.stringify(intent)
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
