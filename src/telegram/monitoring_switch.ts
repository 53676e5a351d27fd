import { type Answer, type Asking, type BotDeps, show } from "./action_contract.ts";
import { isAdministrator } from "./rights.ts";
import { blocks } from "./rich.ts";
import { sentence } from "./screen.ts";

/** `/monitoring on` and `/monitoring off`; the other administrators are told. */
export async function switchMonitoring(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const { monitor } = deps;
  const wish = asking.argument.trim().toLowerCase();
  if (wish === "on" || wish === "off") {
    await monitor.switch(wish === "on");
    if (isAdministrator(deps, asking)) {
      const { userId } = asking;
      const { notices } = deps.voice.in(null).texts;
      deps.tellAdministrators(notices.monitoring[wish](userId), userId);
    }
    return show(sentence(wish === "on" ? texts.monitoringTurnedOn : texts.monitoringTurnedOff));
  }
  const state = monitor.isOn ? texts.monitoringIsOn : texts.monitoringOff;
  return show({ text: blocks(state, texts.monitoringUsage), keyboard: null });
}
