/** A shop that does not exist: a bicycle maker, because everybody has questions for one. */

const greeting = "Hi! I can help with choosing a bike, with an order, or with a repair. What can I do for you?";
const starters = [
  "Which bike suits a 12 km commute?",
  "How long does delivery take?",
  "Can I return a bike I have ridden?",
  "My brakes squeal. What can I do?",
];

export const DEMO_AGENT = {
  name: "Larkwheel Bikes",
  description: "Larkwheel builds city and touring bikes to order and looks after them in its own workshop.",
  config: {
    system_prompt_source: "written",
    greeting,
    starters,
    appearance: { color: "#0f766e", theme: "auto" },
    knowledge_base: {
      company: "Larkwheel builds every bike to order: city bikes, touring bikes and e-bikes.",
      opening_hours: "The shop and the workshop are open Monday to Saturday from 9:00 to 18:00.",
      test_rides: "A test ride is free and takes about half an hour; bring the shoes you ride in.",
      contact: "This is a demonstration: the company does not exist and no order is real.",
    },
    step_1_data: {
      name: "Larkwheel Bikes",
      template_type: "shop",
      niche: "city, touring and electric bikes, built to order",
      description: "Larkwheel builds city and touring bikes to order and looks after them in its own workshop.",
    },
    step_2_data: {
      personality: "Knows bikes well and explains them without jargon; asks how somebody rides before recommending anything",
      tone: "friendly, practical, never pushy",
      greeting,
    },
    step_3_data: { fields: [], starters },
    step_4_data: { integrations: {} },
  },
};

export const DEMO_SUB_AGENTS = [
  {
    name: "Bike advisor",
    description: "Helps to choose a bike, a size and equipment.",
    topics: ["choosing a bike", "models and prices", "frame size", "e-bikes", "accessories"],
    system_prompt:
      "You advise people who are choosing a bike from Larkwheel. Ask about distance, hills, luggage and where the bike is kept before you recommend. Name one model and one alternative, with the price and the reason. Never make up models, prices or stock.",
    knowledge_base: {
      facts: [
        "The Finch is our city bike: 8-speed hub gear, belt drive, lights and mudguards, 13.8 kg, 1,190 euros.",
        "The Heron is our touring bike: steel frame, 2 x 10 gears, racks front and rear, 14.9 kg, 1,490 euros.",
        "The Finch E is the e-bike: 250 W motor, up to 90 km on one charge, 19.5 kg, 2,390 euros.",
        "For a commute of up to 15 km on flat roads the Finch suits most riders; with hills, the Finch E.",
        "Frame sizes: S for 155 to 168 cm, M for 166 to 180 cm, L for 178 to 195 cm of body height.",
        "Accessories: panniers 95 euros a pair, child seat mount 60 euros, folding lock 75 euros.",
      ],
    },
  },
  {
    name: "Orders and delivery",
    description: "Answers questions about orders, payment, delivery and returns.",
    topics: ["orders", "delivery", "payment", "returns and refunds", "warranty"],
    system_prompt:
      "You answer questions about orders, payment, delivery, returns and the warranty of Larkwheel. Give the rule first, then what the visitor has to do. You cannot look up orders: ask for nothing but the order number, and say that the team will answer by e-mail.",
    knowledge_base: {
      faq: [
        { question: "How long does delivery take?", answer: "A bike is built in 10 working days and delivered within 3 more." },
        {
          question: "What does delivery cost?",
          answer: "Delivery costs 49 euros; collecting the bike from the workshop is free.",
        },
        {
          question: "Can I return a ridden bike?",
          answer: "You may ride it and return it within 30 days if it is undamaged; we collect it for 49 euros.",
        },
        {
          question: "How can I pay?",
          answer: "You can pay by card, by bank transfer, or in 12 monthly instalments without interest.",
        },
        {
          question: "How long is the warranty?",
          answer: "The warranty covers the frame for 10 years, motor and battery for 3, other parts for 2 years.",
        },
      ],
    },
  },
  {
    name: "Workshop",
    description: "Helps with repairs, maintenance and appointments in the workshop.",
    topics: ["repairs", "brakes", "maintenance", "flat tyre", "workshop appointment"],
    system_prompt:
      "You help with repairs and maintenance of bikes. Safety first: when brakes, fork or frame may be damaged, say clearly that the bike must not be ridden. Give at most five short steps, say which tool is needed, and offer the workshop for everything else.",
    knowledge_base: {
      faq: [
        {
          question: "Why do my brakes squeal?",
          answer:
            "Brakes that squeal are usually dirty: wipe rim or disc with alcohol, roughen the pads with sandpaper, and replace pads thinner than 1 mm.",
        },
        {
          question: "How do I mend a flat tyre?",
          answer:
            "For a flat tyre take the wheel out, find the hole by pumping and listening, patch the tube, check the tyre for glass, and pump to the pressure on its side.",
        },
        {
          question: "How often is maintenance due?",
          answer: "A first check after 300 km is free; then once a year, for 79 euros.",
        },
        {
          question: "How do I get a workshop appointment?",
          answer: "Workshop appointments are free within a week; small repairs are done while you wait on Saturday mornings.",
        },
      ],
    },
  },
];
