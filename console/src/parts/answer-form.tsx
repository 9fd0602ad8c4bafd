import { checkAnswer, type FormSchema, type TicketView } from '@holdpoint/shared'
import { useMemo, useState } from 'preact/hooks'
import type { Fields } from '../model/args-form.ts'
import { forgetDrafts, useDraft } from '../state/drafts.ts'
import { isLive } from '../state/live.ts'
import { aboutTicket, act } from '../state/notices.ts'
import { session } from '../state/session.ts'
import { useBusy } from './busy.ts'
import { later } from './later.tsx'
import { sendOnEnter } from './send-on-enter.ts'
import { Text } from './text.tsx'
import { Written } from './written.tsx'

const ArgsFields = later(
  (rest) => rest.ArgsFields,
  (words) => words,
)

/** As many choices have a key of their own: `1` to `9`. */
const KEYS = 9

/** Answers a question in the form it asks for: free text, choices, or fields (ES5). */
export function AnswerForm({ view }: { readonly view: TicketView }) {
  const { client } = session.value ?? {}
  const { choices, schema } = view
  const [text, setText] = useDraft(view.id, 'Your answer', '')
  const blank = useMemo(() => unticked(schema), [schema])
  const [fields, setFields] = useDraft<Fields>(view.id, 'Your answers', blank)
  const [problem, setProblem] = useState<string>()
  const [busy, begin] = useBusy()
  const send = (answer: unknown) => {
    const checked = checkAnswer(view, answer)
    setProblem(checked.ok ? undefined : checked.error.message)
    if (checked.ok && client && isLive.peek())
      void begin(async () => {
        const done = await act(
          ['answer', view.id, answer],
          `${view.agent} has your answer`,
          (key) => client.answer(view.id, answer, { key }),
          aboutTicket(view),
        )
        if (done) forgetDrafts(view.id)
      })
  }
  return (
    <form
      class="answer"
      data-id={view.id}
      aria-label="Answer"
      onSubmit={(event) => {
        event.preventDefault()
        send(schema ? fields : text.trim())
      }}
    >
      {schema || choices ? (
        <p class="muted">
          {schema ? 'The fields, and what they are called,' : 'The answers'} are the agent’s own words.
        </p>
      ) : null}
      {choices && !schema ? null : (
        <Written isSent={busy}>
          {schema ? (
            <ArgsFields schema={requiredFirst(schema)} value={fields} onChange={setFields} />
          ) : (
            <label>
              <span>Your answer</span>
              <textarea
                rows={2}
                maxLength={8_192}
                value={text}
                onInput={({ currentTarget }) => setText(currentTarget.value)}
                onKeyDown={sendOnEnter}
              />
            </label>
          )}
        </Written>
      )}
      <p class="why-not" role="status">
        {problem === undefined ? null : <Text>{problem}</Text>}
      </p>
      <div class="buttons">
        {choices && !schema ? (
          choices.map((choice, at) => (
            <button
              key={choice}
              type="button"
              class="choice"
              disabled={!isLive.value || busy}
              aria-keyshortcuts={at < KEYS ? String(at + 1) : undefined}
              onClick={() => send(choice)}
            >
              <span>
                “<Text>{choice}</Text>”
              </span>
              {at < KEYS ? (
                <span class="kbd" aria-hidden="true">
                  {at + 1}
                </span>
              ) : null}
            </button>
          ))
        ) : (
          <button type="submit" class="approve" disabled={!isLive.value || busy}>
            Answer
          </button>
        )}
      </div>
    </form>
  )
}

/** What is not ticked is answered with no, not left out. */
const unticked = (schema: FormSchema | undefined): Fields =>
  Object.fromEntries(
    Object.entries(schema?.properties ?? {})
      .filter(([, { type }]) => type === 'boolean')
      .map(([key]) => [key, false]),
  )

/** The order that the agent gave them is lost on the way: what must be answered comes first. */
function requiredFirst(schema: FormSchema): FormSchema {
  const { properties, required = [] } = schema
  const rank = ([key]: readonly [string, unknown]) => (required.includes(key) ? 0 : 1)
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).sort((a, b) => rank(a) - rank(b))),
  }
}
