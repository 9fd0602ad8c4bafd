import type { Row } from '../model/arrange.ts'
import { moved } from '../model/arrange.ts'
import { titleOf } from '../model/items.ts'
import { look } from '../state/queue.ts'

/**
 * Where the decisions were, once the one that is looked at waits no more: the one that comes next. At the other end than
 * what releases, so that a press too many opens it and decides nothing.
 */
export function NextUp({ rows, at }: { readonly rows: readonly Row[]; readonly at: string }) {
  const below = moved(rows, at, 1)
  const next = rows.find(({ item, settled }) => !settled && (below === at || item.id === below))
  if (!next || next.item.id === at) return null
  return (
    <footer class="next-up">
      <button type="button" onClick={() => look(next.item.id)}>
        Next: {titleOf(next.item)} by {next.item.view.agent}{' '}
        {below === at ? null : (
          <span class="kbd" aria-hidden="true">
            j
          </span>
        )}
      </button>
    </footer>
  )
}
