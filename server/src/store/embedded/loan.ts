/**
 * What a full disk has no room for is lent to whoever reads: a transaction that is never committed. To write it takes a good part of a
 * second, so all who read in one turn of the event loop share one; it ends with the turn, before anything else that needs the database.
 */
interface Lending {
  /** Throws where it can't be lent. */
  begin(): void
  /** Leaves nothing of it. */
  end(): void
  /** Whether something that it lacks is durable by now. */
  isOutdated(): boolean
  /** Told why it could not be ended: the connection can't be trusted any more. Returns what to throw. */
  broken(error: unknown): Error
}

export function loan({ begin, end, isOutdated, broken }: Lending) {
  let isOut = false

  function takeBack(): void {
    if (!isOut) return
    isOut = false
    try {
      end()
    } catch (error) {
      throw broken(error)
    }
  }

  function atEndOfTurn(): void {
    try {
      takeBack()
    } catch {
      // `broken` has been told, and nobody waits for it
    }
  }

  return {
    isOut: (): boolean => isOut,
    /** Throws what `broken` says where it can't be ended. */
    takeBack,

    /** What `work` throws ends it: SQLite may have ended the transaction with that. */
    read<T>(work: () => T): T {
      if (isOut && isOutdated()) takeBack()
      try {
        if (!isOut) {
          isOut = true
          setImmediate(atEndOfTurn)
          begin()
        }
        return work()
      } catch (error) {
        takeBack()
        throw error
      }
    },
  }
}
