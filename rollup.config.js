import { adminBuild } from "./admin/rollup.admin.js";
import { widgetBuilds } from "./widget/rollup.widget.js";

export default [...widgetBuilds, adminBuild];
