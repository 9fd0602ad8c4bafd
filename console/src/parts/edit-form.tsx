import {
  type ApprovalDetail,
  type ArgsSchema,
  apparentMisfit,
  canonicalAction,
  type Misfit,
} from '@holdpoint/shared'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Fields, isFields, schemaOf } from '../model/args-form.ts'
import { differences } from '../model/diff.ts'
import { jsonText } from '../model/json-text.ts'
import { approve, whyNot } from '../state/decide.ts'
import { useDraft } from '../state/drafts.ts'
import { policy } from '../state/live.ts'
import { needsForm } from '../state/needs-form.ts'
import { ApproveForm } from './approve-form.tsx'
import { ArgsFields } from './args-fields.tsx'
import { DecisionForm } from './decision-form.tsx'
import { useDerived } from './derived.ts'
import { DifferenceList } from './difference-list.tsx'

interface Props {
  readonly detail: ApprovalDetail
  readonly onClose: () => void
}

/**
 * Edits the arguments, in a form made from the action's schema or as JSON, and shows what would run instead of what was
 * asked for before it is released (AP4).
 */
export function EditForm({ detail, onClose }: Props) {
  const { action, args } = useMemo(
    () => JSON.parse(detail.canonical) as { action: string; args: unknown },
    [detail.canonical],
  )
  const entry = policy.value?.catalogue[action] ?? policy.value?.unlisted
  const schema = entry?.args as ArgsSchema | undefined
  const asked = useMemo(() => jsonText(args), [args])
  const [text, setText] = useDraft(detail.id, `Your edit of revision ${detail.revision}`, asked)
  const [asJson, setAsJson] = useState(!isFields(args))
  const cannot = useDerived(() => whyNot(detail, { release: true }), [detail])
  const [confirming, setConfirming] = useState(false)
  const form = useMemo(() => schema ?? schemaOf(args), [schema, args])
  const edited = useMemo(
    () => read(action, text, asJson ? schema : form),
    [action, text, asJson, schema, form],
  )
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.querySelector<HTMLElement>('input, textarea, select')?.focus(), [asJson])

  const all = 'args' in edited ? differences(args, edited.args) : []
  const mayShowFields = 'args' in edited && isFields(edited.args)
  if (confirming && 'args' in edited)
    return <ApproveForm detail={detail} args={edited.args} onClose={() => setConfirming(false)} />
  return (
    <DecisionForm
      id={detail.id}
      class="edit"
      label={`Edit ${detail.action}`}
      cannot={cannot ?? edited.problem}
      isReady={all.length > 0}
      button={needsForm(detail, edited.args) ? 'Approve with these edits …' : 'Approve with these edits'}
      kind="approve"
      onSend={() => {
        if (!('args' in edited)) return
        const { args: next } = edited
        if (needsForm(detail, next)) setConfirming(true)
        else
          void approve(detail, { args: next }).then((done) => {
            if (!done && needsForm(detail, next)) setConfirming(true)
          })
      }}
      onClose={onClose}
    >
      <header>
        <p class="muted">
          {schema
            ? 'A form made from the schema that policy has for it.'
            : 'Policy has no schema for it: a form made from what was asked.'}
        </p>
        <fieldset class="segments">
          <legend class="visually-hidden">How the arguments are edited</legend>
          <button
            type="button"
            aria-pressed={!asJson}
            disabled={asJson && !mayShowFields}
            onClick={() => setAsJson(false)}
          >
            Form
          </button>
          <button type="button" aria-pressed={asJson} onClick={() => setAsJson(true)}>
            JSON
          </button>
        </fieldset>
      </header>
      <div ref={box}>
        {asJson || !mayShowFields ? (
          <label>
            <span>Arguments, as JSON</span>
            <textarea
              class="code"
              rows={Math.min(14, text.split('\n').length + 1)}
              spellcheck={false}
              value={text}
              aria-invalid={edited.problem !== undefined}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          </label>
        ) : (
          <ArgsFields
            schema={form}
            value={edited.args as Fields}
            asked={args}
            misfit={edited.misfit}
            onChange={(next) => setText(jsonText(next))}
          />
        )}
      </div>
      {'args' in edited ? <DifferenceList all={all} /> : null}
    </DecisionForm>
  )
}

interface Edited {
  /** Absent where it is no JSON. */
  readonly args?: unknown
  readonly misfit?: Misfit | undefined
  readonly problem?: string | undefined
}

/** As strict as the server will be (AP10), but for the patterns of a schema. */
function read(action: string, text: string, schema: ArgsSchema | undefined): Edited {
  let args: unknown
  try {
    args = JSON.parse(text)
  } catch (error) {
    return { problem: `Not JSON: ${error instanceof Error ? error.message : ''}` }
  }
  const canonical = canonicalAction(action, args)
  if (!canonical.ok) return { args, problem: canonical.error.message }
  const misfit = schema && apparentMisfit(schema, args)
  return misfit ? { args, misfit, problem: sentenceOf(misfit) } : { args }
}

const sentenceOf = ({ path, message }: Misfit): string =>
  `${path.length === 0 ? 'It' : path.join(' › ')} ${message}.`
