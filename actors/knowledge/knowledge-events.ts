// The events that hold what is known of a project.
import type { StoredEvent } from '../../schema/event.ts';

export const surveyEventType = 'ProjectKnowledge';
export const folderNotesEventType = 'ProjectNotes';

export const isKnowledge = ({ eventType }: Pick<StoredEvent, 'eventType'>): boolean =>
  eventType === surveyEventType || eventType === folderNotesEventType;
