// Json: a JSON parser (without \u escapes) that parses a document held in the program and adds up what it holds.
class JsonLiteral {
  constructor(value) {
    this.value = value;
  }

  tally(totals, depth) {
    totals.addNode(depth);
  }
}

class JsonNumber {
  constructor(value) {
    this.value = value;
  }

  tally(totals, depth) {
    totals.addNode(depth);
    totals.sum += this.value;
  }
}

class JsonString {
  constructor(value) {
    this.value = value;
  }

  tally(totals, depth) {
    totals.addNode(depth);
    totals.text += this.value.length;
  }
}

class JsonArray {
  constructor(items) {
    this.items = items;
  }

  tally(totals, depth) {
    totals.addNode(depth);
    for (const item of this.items) item.tally(totals, depth + 1);
  }
}

class JsonObject {
  constructor(members) {
    this.members = members;
  }

  tally(totals, depth) {
    totals.addNode(depth);
    for (const [name, value] of this.members) {
      totals.text += name.length;
      value.tally(totals, depth + 1);
    }
  }
}

class Totals {
  constructor() {
    this.nodes = 0;
    this.depth = 0;
    this.text = 0;
    this.sum = 0;
  }

  addNode(depth) {
    this.nodes += 1;
    if (depth > this.depth) this.depth = depth;
  }
}

class Parser {
  constructor(text) {
    this.text = text;
    this.index = 0;
    this.current = text.charAt(0);
  }

  fail(expected) {
    throw new Error(`expected ${expected} at ${this.index}`);
  }

  // Advances by one character; at the end of the text the current character is empty.
  read() {
    this.index += 1;
    this.current = this.text.charAt(this.index);
  }

  skip(char) {
    if (this.current !== char) return false;
    this.read();
    return true;
  }

  require(char) {
    if (!this.skip(char)) this.fail(char);
  }

  skipSpace() {
    while (this.current === " " || this.current === "\n" || this.current === "\t" || this.current === "\r") {
      this.read();
    }
  }

  isDigit() {
    return this.current >= "0" && this.current <= "9";
  }

  parse() {
    this.skipSpace();
    const value = this.readValue();
    this.skipSpace();
    if (this.current !== "") this.fail("the end");
    return value;
  }

  readValue() {
    switch (this.current) {
      case "{":
        return this.readObject();
      case "[":
        return this.readArray();
      case '"':
        return new JsonString(this.readString());
      case "n":
        return this.readWord("null", null);
      case "t":
        return this.readWord("true", true);
      case "f":
        return this.readWord("false", false);
      default:
        return this.readNumber();
    }
  }

  readWord(word, value) {
    for (const char of word) this.require(char);
    return new JsonLiteral(value);
  }

  readArray() {
    const items = [];
    this.require("[");
    this.skipSpace();
    if (this.skip("]")) return new JsonArray(items);
    do {
      this.skipSpace();
      items.push(this.readValue());
      this.skipSpace();
    } while (this.skip(","));
    this.require("]");
    return new JsonArray(items);
  }

  readObject() {
    const members = new Map();
    this.require("{");
    this.skipSpace();
    if (this.skip("}")) return new JsonObject(members);
    do {
      this.skipSpace();
      const name = this.readString();
      this.skipSpace();
      this.require(":");
      this.skipSpace();
      members.set(name, this.readValue());
      this.skipSpace();
    } while (this.skip(","));
    this.require("}");
    return new JsonObject(members);
  }

  readString() {
    this.require('"');
    let result = "";
    let start = this.index;
    while (this.current !== '"') {
      if (this.current === "") this.fail('"');
      if (this.current === "\\") {
        result += this.text.slice(start, this.index);
        this.read();
        result += this.readEscape();
        start = this.index;
      } else {
        this.read();
      }
    }
    result += this.text.slice(start, this.index);
    this.read();
    return result;
  }

  readEscape() {
    const c = this.current;
    this.read();
    switch (c) {
      case '"':
      case "\\":
      case "/":
        return c;
      case "n":
        return "\n";
      case "r":
        return "\r";
      case "t":
        return "\t";
      default:
        return this.fail("an escape");
    }
  }

  readDigits() {
    if (!this.isDigit()) this.fail("a digit");
    while (this.isDigit()) this.read();
  }

  readNumber() {
    const start = this.index;
    this.skip("-");
    if (!this.skip("0")) this.readDigits();
    if (this.skip(".")) this.readDigits();
    if (this.current === "e" || this.current === "E") {
      this.read();
      if (!this.skip("+")) this.skip("-");
      this.readDigits();
    }
    return new JsonNumber(Number(this.text.slice(start, this.index)));
  }
}

const DOCUMENT = [
  '{"company":"Harbour \\"City\\" Trams","revision":-3,"limits":{"speed":{"town":50,"depot":1.5e1},"empty":[],"none":{}},"stops":[',
  '{"id":1,"name":"Harbour Park","position":[42.125,-104.25],"sheltered":false,"zone":1},',
  '{"id":2,"name":"Castle Park","position":[88.375,-172.0625],"sheltered":false,"zone":3},',
  '{"id":3,"name":"Foundry Street","position":[230.1875,34.9375],"sheltered":true,"zone":1,"note":"lift out of order"},',
  '{"id":4,"name":"Castle Square","position":[-99.5625,-73.875],"sheltered":true,"zone":1},',
  '{"id":5,"name":"Chapel Park","position":[-106.0,-40.8125],"sheltered":true,"zone":3},',
  '{"id":6,"name":"Bridge Square","position":[-174.25,195.6875],"sheltered":true,"zone":null},',
  '{"id":7,"name":"Station Park","position":[-72.25,-243.0625],"sheltered":false,"zone":3,"note":"shelter \\"north side\\" only"},',
  '{"id":8,"name":"Station Square","position":[-210.375,10.3125],"sheltered":true,"zone":null},',
  '{"id":9,"name":"Meadow Road","position":[-55.625,168.1875],"sheltered":true,"zone":3},',
  '{"id":10,"name":"Linden Road","position":[76.125,-16.8125],"sheltered":true,"zone":3},',
  '{"id":11,"name":"Meadow Street","position":[57.875,-185.625],"sheltered":true,"zone":3},',
  '{"id":12,"name":"Harbour Square","position":[-139.125,192.4375],"sheltered":true,"zone":3},',
  '{"id":13,"name":"Market Gate","position":[-141.375,114.5],"sheltered":true,"zone":2},',
  '{"id":14,"name":"Orchard Gate","position":[-109.875,28.4375],"sheltered":false,"zone":1,"note":"step-free access"},',
  '{"id":15,"name":"Station Square","position":[-72.6875,-57.25],"sheltered":true,"zone":2,"note":""},',
  '{"id":16,"name":"Chapel Street","position":[23.3125,88.1875],"sheltered":false,"zone":2},',
  '{"id":17,"name":"Meadow Street","position":[148.3125,122.0625],"sheltered":true,"zone":2,"note":""},',
  '{"id":18,"name":"Bridge Lane","position":[97.0,45.4375],"sheltered":false,"zone":2},',
  '{"id":19,"name":"Station Street","position":[17.0,-98.25],"sheltered":false,"zone":null},',
  '{"id":20,"name":"Harbour Road","position":[30.3125,-193.8125],"sheltered":true,"zone":3,"note":""},',
  '{"id":21,"name":"Orchard Lane","position":[-57.3125,28.25],"sheltered":false,"zone":2,"note":"night service\\nfrom 23:10"},',
  '{"id":22,"name":"Castle Road","position":[237.0,-143.6875],"sheltered":true,"zone":3},',
  '{"id":23,"name":"Station Street","position":[-134.8125,-203.875],"sheltered":true,"zone":null,"note":"step-free access"},',
  '{"id":24,"name":"Harbour Lane","position":[-167.625,-86.25],"sheltered":true,"zone":null},',
  '{"id":25,"name":"Market Lane","position":[-244.6875,244.5],"sheltered":true,"zone":3},',
  '{"id":26,"name":"Mill Square","position":[-200.0625,48.5625],"sheltered":true,"zone":null},',
  '{"id":27,"name":"Quarry Square","position":[93.625,234.9375],"sheltered":true,"zone":null},',
  '{"id":28,"name":"Bridge Road","position":[-162.75,-26.5625],"sheltered":true,"zone":3},',
  '{"id":29,"name":"Quarry Square","position":[135.25,8.375],"sheltered":true,"zone":3,"note":"closed on Sundays"},',
  '{"id":30,"name":"Harbour Gate","position":[130.3125,-40.8125],"sheltered":true,"zone":null,"note":"closed on Sundays"},',
  '{"id":31,"name":"Meadow Park","position":[-15.3125,157.8125],"sheltered":false,"zone":2},',
  '{"id":32,"name":"Station Street","position":[132.5,236.0625],"sheltered":true,"zone":2,"note":"night service\\nfrom 23:10"},',
  '{"id":33,"name":"Linden Lane","position":[201.4375,10.875],"sheltered":false,"zone":2,"note":"night service\\nfrom 23:10"},',
  '{"id":34,"name":"Bridge Lane","position":[122.625,-70.125],"sheltered":true,"zone":null},',
  '{"id":35,"name":"Bridge Street","position":[-167.6875,37.5],"sheltered":true,"zone":2},',
  '{"id":36,"name":"Chapel Lane","position":[-144.25,143.375],"sheltered":false,"zone":3},',
  '{"id":37,"name":"Orchard Road","position":[59.8125,156.6875],"sheltered":true,"zone":3},',
  '{"id":38,"name":"Harbour Gate","position":[150.375,-230.375],"sheltered":true,"zone":null,"note":"shelter \\"north side\\" only"},',
  '{"id":39,"name":"Quarry Lane","position":[-145.4375,-183.875],"sheltered":true,"zone":2,"note":"night service\\nfrom 23:10"},',
  '{"id":40,"name":"Castle Street","position":[112.5625,-206.75],"sheltered":false,"zone":null,"note":"shelter \\"north side\\" only"},',
  '{"id":41,"name":"Station Street","position":[190.375,223.375],"sheltered":true,"zone":3},',
  '{"id":42,"name":"Linden Road","position":[-38.125,-63.75],"sheltered":false,"zone":null},',
  '{"id":43,"name":"Market Gate","position":[152.625,-134.75],"sheltered":true,"zone":3,"note":"shelter \\"north side\\" only"},',
  '{"id":44,"name":"Orchard Road","position":[9.6875,-78.875],"sheltered":true,"zone":null},',
  '{"id":45,"name":"Meadow Park","position":[-111.625,102.375],"sheltered":true,"zone":3,"note":"closed on Sundays"},',
  '{"id":46,"name":"Mill Street","position":[-26.625,243.625],"sheltered":true,"zone":3},',
  '{"id":47,"name":"Chapel Square","position":[-223.375,-89.9375],"sheltered":true,"zone":null,"note":"two platforms"},',
  '{"id":48,"name":"Foundry Lane","position":[-203.5625,214.375],"sheltered":false,"zone":3,"note":"closed on Sundays"},',
  '{"id":49,"name":"Chapel Street","position":[-98.3125,-25.625],"sheltered":true,"zone":null},',
  '{"id":50,"name":"Harbour Street","position":[-162.0,-69.875],"sheltered":true,"zone":2},',
  '{"id":51,"name":"Station Square","position":[94.0,174.5],"sheltered":true,"zone":null,"note":"see leaflet C:\\\\info\\\\trams.txt"},',
  '{"id":52,"name":"Station Street","position":[198.5625,69.5625],"sheltered":true,"zone":null,"note":"two platforms"},',
  '{"id":53,"name":"Harbour Park","position":[79.625,61.0625],"sheltered":true,"zone":2},',
  '{"id":54,"name":"Bridge Road","position":[218.625,-235.6875],"sheltered":false,"zone":2},',
  '{"id":55,"name":"Station Gate","position":[159.8125,171.8125],"sheltered":false,"zone":2,"note":"night service\\nfrom 23:10"},',
  '{"id":56,"name":"Station Gate","position":[-73.5,45.25],"sheltered":false,"zone":1,"note":"step-free access"},',
  '{"id":57,"name":"Linden Road","position":[-228.8125,103.0],"sheltered":true,"zone":3},',
  '{"id":58,"name":"Meadow Street","position":[38.125,171.625],"sheltered":false,"zone":1,"note":""},',
  '{"id":59,"name":"Station Road","position":[226.625,65.375],"sheltered":false,"zone":1,"note":"closed on Sundays"},',
  '{"id":60,"name":"Chapel Gate","position":[145.0625,-109.5625],"sheltered":true,"zone":1,"note":""},',
  '{"id":61,"name":"Castle Street","position":[113.625,-139.0625],"sheltered":true,"zone":2},',
  '{"id":62,"name":"Castle Street","position":[1.6875,44.375],"sheltered":true,"zone":null},',
  '{"id":63,"name":"Foundry Square","position":[-105.625,2.1875],"sheltered":true,"zone":1},',
  '{"id":64,"name":"Orchard Square","position":[-37.6875,200.4375],"sheltered":true,"zone":null,"note":"columns:\\tline\\ttime"},',
  '{"id":65,"name":"Meadow Square","position":[-14.25,-4.75],"sheltered":true,"zone":2,"note":"shelter \\"north side\\" only"},',
  '{"id":66,"name":"Quarry Park","position":[-48.6875,-91.75],"sheltered":true,"zone":3},',
  '{"id":67,"name":"Meadow Street","position":[-129.375,208.125],"sheltered":false,"zone":null,"note":"lift out of order"},',
  '{"id":68,"name":"Linden Park","position":[179.1875,245.25],"sheltered":true,"zone":1},',
  '{"id":69,"name":"Mill Street","position":[66.625,-129.3125],"sheltered":true,"zone":2,"note":"step-free access"},',
  '{"id":70,"name":"Harbour Square","position":[-118.25,85.125],"sheltered":true,"zone":3}],',
  '"vehicles":[',
  '{"number":201,"built":1974,"seats":52,"mass":24250.0,"driver":{"name":"Lena","licence":"T896\\/C","trainee":false},"in service":true},',
  '{"number":202,"built":1988,"seats":36,"mass":46500.0,"driver":{"name":"Julia","licence":"T700\\/A","trainee":true},"in service":false},',
  '{"number":203,"built":1970,"seats":52,"mass":40750.0,"driver":{"name":"Frida","licence":"T322\\/C","trainee":true},"in service":true},',
  '{"number":204,"built":2009,"seats":52,"mass":27750.0,"driver":{"name":"Ada","licence":"T991\\/B","trainee":false},"in service":true},',
  '{"number":205,"built":1997,"seats":24,"mass":32500.0,"driver":{"name":"Emil","licence":"T762\\/A","trainee":false},"in service":true},',
  '{"number":206,"built":2019,"seats":52,"mass":19250.0,"driver":{"name":"Ada","licence":"T817\\/A","trainee":false},"in service":false},',
  '{"number":207,"built":1992,"seats":52,"mass":45750.0,"driver":{"name":"Ada","licence":"T278\\/B","trainee":false},"in service":true},',
  '{"number":208,"built":1960,"seats":36,"mass":47250.0,"driver":{"name":"Dora","licence":"T913\\/A","trainee":false},"in service":false},',
  '{"number":209,"built":1986,"seats":52,"mass":31500.0,"driver":{"name":"Gustav","licence":"T360\\/C","trainee":false},"in service":true},',
  '{"number":210,"built":1994,"seats":24,"mass":36250.0,"driver":{"name":"Clara","licence":"T752\\/A","trainee":false},"in service":true},',
  '{"number":211,"built":1974,"seats":24,"mass":36750.0,"driver":{"name":"Karl","licence":"T668\\/A","trainee":false},"in service":true},',
  '{"number":212,"built":1999,"seats":52,"mass":41250.0,"driver":{"name":"Julia","licence":"T297\\/C","trainee":false},"in service":true},',
  '{"number":213,"built":1979,"seats":52,"mass":45500.0,"driver":{"name":"Karl","licence":"T164\\/A","trainee":false},"in service":true},',
  '{"number":214,"built":1964,"seats":36,"mass":18750.0,"driver":{"name":"Julia","licence":"T506\\/C","trainee":false},"in service":true},',
  '{"number":215,"built":1999,"seats":24,"mass":22500.0,"driver":{"name":"Gustav","licence":"T248\\/C","trainee":false},"in service":true},',
  '{"number":216,"built":1998,"seats":36,"mass":36500.0,"driver":{"name":"Ada","licence":"T409\\/C","trainee":false},"in service":false},',
  '{"number":217,"built":1988,"seats":24,"mass":17500.0,"driver":{"name":"Lena","licence":"T860\\/A","trainee":true},"in service":false},',
  '{"number":218,"built":1972,"seats":24,"mass":31500.0,"driver":{"name":"Hilda","licence":"T178\\/C","trainee":false},"in service":true},',
  '{"number":219,"built":1977,"seats":52,"mass":24750.0,"driver":{"name":"Karl","licence":"T432\\/C","trainee":false},"in service":true},',
  '{"number":220,"built":1965,"seats":24,"mass":39500.0,"driver":{"name":"Ivo","licence":"T490\\/B","trainee":false},"in service":true},',
  '{"number":221,"built":1981,"seats":24,"mass":29000.0,"driver":{"name":"Karl","licence":"T474\\/B","trainee":false},"in service":false},',
  '{"number":222,"built":1996,"seats":52,"mass":42000.0,"driver":{"name":"Ada","licence":"T812\\/B","trainee":false},"in service":true},',
  '{"number":223,"built":2016,"seats":24,"mass":49500.0,"driver":{"name":"Hilda","licence":"T539\\/C","trainee":false},"in service":true},',
  '{"number":224,"built":2005,"seats":24,"mass":45500.0,"driver":{"name":"Ivo","licence":"T108\\/C","trainee":false},"in service":true},',
  '{"number":225,"built":1979,"seats":24,"mass":24750.0,"driver":{"name":"Frida","licence":"T325\\/B","trainee":true},"in service":true},',
  '{"number":226,"built":2008,"seats":36,"mass":43250.0,"driver":{"name":"Gustav","licence":"T492\\/A","trainee":false},"in service":true},',
  '{"number":227,"built":2004,"seats":24,"mass":31500.0,"driver":{"name":"Gustav","licence":"T915\\/B","trainee":true},"in service":false},',
  '{"number":228,"built":2016,"seats":36,"mass":26750.0,"driver":{"name":"Frida","licence":"T590\\/A","trainee":false},"in service":true},',
  '{"number":229,"built":2006,"seats":24,"mass":31250.0,"driver":{"name":"Emil","licence":"T667\\/A","trainee":false},"in service":true},',
  '{"number":230,"built":1964,"seats":24,"mass":44750.0,"driver":{"name":"Clara","licence":"T666\\/C","trainee":false},"in service":true},',
  '{"number":231,"built":2018,"seats":24,"mass":15250.0,"driver":{"name":"Hilda","licence":"T893\\/C","trainee":false},"in service":true},',
  '{"number":232,"built":1983,"seats":52,"mass":25250.0,"driver":{"name":"Gustav","licence":"T184\\/C","trainee":false},"in service":true},',
  '{"number":233,"built":1969,"seats":36,"mass":31000.0,"driver":{"name":"Lena","licence":"T178\\/C","trainee":false},"in service":true},',
  '{"number":234,"built":1971,"seats":36,"mass":40500.0,"driver":{"name":"Clara","licence":"T975\\/B","trainee":false},"in service":true},',
  '{"number":235,"built":1959,"seats":24,"mass":16250.0,"driver":{"name":"Julia","licence":"T218\\/B","trainee":true},"in service":false},',
  '{"number":236,"built":1981,"seats":36,"mass":31500.0,"driver":{"name":"Frida","licence":"T248\\/B","trainee":true},"in service":true},',
  '{"number":237,"built":2003,"seats":24,"mass":25000.0,"driver":{"name":"Hilda","licence":"T777\\/B","trainee":false},"in service":true},',
  '{"number":238,"built":1990,"seats":24,"mass":44250.0,"driver":{"name":"Emil","licence":"T164\\/A","trainee":true},"in service":false},',
  '{"number":239,"built":1973,"seats":24,"mass":17750.0,"driver":{"name":"Ivo","licence":"T868\\/C","trainee":false},"in service":true},',
  '{"number":240,"built":1970,"seats":24,"mass":38000.0,"driver":{"name":"Hilda","licence":"T315\\/A","trainee":true},"in service":true},',
  '{"number":241,"built":2016,"seats":24,"mass":28250.0,"driver":{"name":"Frida","licence":"T439\\/C","trainee":false},"in service":true},',
  '{"number":242,"built":1986,"seats":24,"mass":25000.0,"driver":{"name":"Hilda","licence":"T857\\/C","trainee":false},"in service":true},',
  '{"number":243,"built":1977,"seats":52,"mass":39000.0,"driver":{"name":"Bruno","licence":"T443\\/B","trainee":true},"in service":true},',
  '{"number":244,"built":1963,"seats":24,"mass":27250.0,"driver":{"name":"Karl","licence":"T776\\/C","trainee":false},"in service":true},',
  '{"number":245,"built":2015,"seats":24,"mass":31500.0,"driver":{"name":"Julia","licence":"T129\\/C","trainee":false},"in service":true},',
  '{"number":246,"built":2012,"seats":52,"mass":16000.0,"driver":{"name":"Ivo","licence":"T829\\/B","trainee":false},"in service":true},',
  '{"number":247,"built":1995,"seats":24,"mass":34500.0,"driver":{"name":"Gustav","licence":"T532\\/A","trainee":false},"in service":false},',
  '{"number":248,"built":2011,"seats":52,"mass":30500.0,"driver":{"name":"Clara","licence":"T676\\/C","trainee":false},"in service":true},',
  '{"number":249,"built":1987,"seats":24,"mass":16000.0,"driver":{"name":"Gustav","licence":"T942\\/B","trainee":false},"in service":false},',
  '{"number":250,"built":2004,"seats":24,"mass":48500.0,"driver":{"name":"Frida","licence":"T536\\/C","trainee":false},"in service":true},',
  '{"number":251,"built":1988,"seats":24,"mass":23250.0,"driver":{"name":"Clara","licence":"T496\\/C","trainee":true},"in service":false},',
  '{"number":252,"built":1960,"seats":36,"mass":45250.0,"driver":{"name":"Bruno","licence":"T656\\/C","trainee":false},"in service":false},',
  '{"number":253,"built":2017,"seats":36,"mass":36500.0,"driver":{"name":"Julia","licence":"T783\\/C","trainee":false},"in service":false},',
  '{"number":254,"built":2012,"seats":24,"mass":31500.0,"driver":{"name":"Julia","licence":"T328\\/B","trainee":false},"in service":false},',
  '{"number":255,"built":1997,"seats":24,"mass":36750.0,"driver":{"name":"Clara","licence":"T297\\/C","trainee":false},"in service":true},',
  '{"number":256,"built":1968,"seats":24,"mass":29000.0,"driver":{"name":"Bruno","licence":"T450\\/C","trainee":true},"in service":true},',
  '{"number":257,"built":2002,"seats":52,"mass":29250.0,"driver":{"name":"Lena","licence":"T660\\/B","trainee":false},"in service":true},',
  '{"number":258,"built":2012,"seats":52,"mass":48750.0,"driver":{"name":"Hilda","licence":"T143\\/C","trainee":false},"in service":true},',
  '{"number":259,"built":1992,"seats":24,"mass":26750.0,"driver":{"name":"Emil","licence":"T870\\/B","trainee":false},"in service":true},',
  '{"number":260,"built":1996,"seats":52,"mass":27750.0,"driver":{"name":"Emil","licence":"T901\\/B","trainee":false},"in service":true}],',
  '"lines":[',
  '{"line":1,"colour":"#14243e","stops":[51,32,63,1,64,55,18,47,5,55,64],"departures":[[9,33],[13,55],[19,7],[14,46],[12,22],[10,29],[5,10],[23,3],[10,22]],"fares":{"adult":2.0,"child":1.25}},',
  '{"line":2,"colour":"#b699ca","stops":[70,6,62,9,18,14,3,55,1,29,16,24,22],"departures":[[12,45],[14,37],[12,55],[6,20],[12,8],[17,54],[10,52],[9,59],[20,0]],"fares":{"adult":3.25,"child":1.25}},',
  '{"line":3,"colour":"#1c702b","stops":[46,31,62,7,8,31,44,12,3,7,33,53,50,27,30,14],"departures":[[7,0],[19,39],[9,46],[9,37],[5,43],[11,9],[23,19]],"fares":{"adult":4.75,"child":0}},',
  '{"line":4,"colour":"#836a17","stops":[63,17,23,37,4,57,64,70,44,12,49,35],"departures":[[15,29],[7,54],[11,14],[20,2],[7,41],[19,9]],"fares":{"adult":5.0,"child":0.5}},',
  '{"line":5,"colour":"#85b162","stops":[41,32,64,39,13,2,57,13,29,34],"departures":[[23,10],[16,22],[20,6],[23,22],[21,19],[14,53]],"fares":{"adult":2.0,"child":0}},',
  '{"line":6,"colour":"#3ed594","stops":[45,59,5,54,48,40,4,8,39,28,57,16,11,20],"departures":[[23,46],[20,12],[23,24],[13,10],[6,40],[5,10],[7,48],[9,30],[18,29],[21,44],[22,56]],"fares":{"adult":4.5,"child":0}},',
  '{"line":7,"colour":"#c34a1a","stops":[38,69,58,46,53,54,9,9,43],"departures":[[17,54],[11,48],[14,28],[8,15],[9,39],[23,12],[23,50],[21,4],[18,21]],"fares":{"adult":4.5,"child":0.5}},',
  '{"line":8,"colour":"#665db1","stops":[68,51,57,4,44,1,16,68,62,56],"departures":[[17,20],[17,25],[5,41],[8,15],[20,48],[23,1],[7,8],[5,58]],"fares":{"adult":3.5,"child":0.5}},',
  '{"line":9,"colour":"#7caa5c","stops":[36,43,67,68,41,46,67,19,65,69,68],"departures":[[22,11],[21,19],[6,19],[20,50],[10,39],[19,18],[16,20],[9,1],[17,43],[14,8],[13,7]],"fares":{"adult":5.0,"child":1.25}},',
  '{"line":10,"colour":"#1d5acc","stops":[30,2,62,37,22,13,6,23,37,22,21],"departures":[[7,51],[9,31],[7,18],[7,16],[12,5],[12,42],[12,17],[11,53]],"fares":{"adult":4.0,"child":0}},',
  '{"line":11,"colour":"#37a7fd","stops":[65,52,15,49,44,50,62,29,69,51,13,42,58,56],"departures":[[17,19],[22,39],[15,57],[15,54],[23,30],[11,10]],"fares":{"adult":2.25,"child":0}},',
  '{"line":12,"colour":"#fdd308","stops":[19,2,33,9,8,19,70,36,37,43,17,25,3,12,8],"departures":[[17,33],[7,56],[12,56],[20,4],[13,38],[5,42],[13,10],[8,15],[11,10]],"fares":{"adult":2.0,"child":0}},',
  '{"line":13,"colour":"#38f3a6","stops":[41,5,31,23,29,21,14,33,36,44,53,43],"departures":[[10,8],[15,5],[14,21],[7,17],[5,16],[15,31],[10,59],[23,58]],"fares":{"adult":2.75,"child":1.25}},',
  '{"line":14,"colour":"#b0a953","stops":[53,56,60,43,1,15,53,61],"departures":[[22,23],[5,57],[10,29],[16,30],[10,58],[16,15],[10,54],[6,58]],"fares":{"adult":3.75,"child":1.25}},',
  '{"line":15,"colour":"#72f1f1","stops":[18,18,61,19,1,22,46,30,49,15,34,6,51,45],"departures":[[9,27],[11,52],[19,0],[9,45],[9,30],[9,38],[20,23],[12,2],[14,51],[13,58],[22,46],[7,46]],"fares":{"adult":3.0,"child":0}},',
  '{"line":16,"colour":"#00c751","stops":[29,63,50,59,14,26,32,19,32,44,14,24],"departures":[[11,10],[14,40],[14,43],[12,32],[9,53],[21,12],[5,59],[11,3],[8,42]],"fares":{"adult":2.5,"child":0.5}}]}',
].join("");

function main(turns) {
  let result = "";
  for (let turn = 0; turn < turns; turn++) {
    const t = new Totals();
    new Parser(DOCUMENT).parse().tally(t, 1);
    result = `${t.nodes} values, depth ${t.depth}, ${t.text} characters, sum ${Math.floor(t.sum)}`;
    if (result !== "1930 values, depth 6, 8078 characters, sum 2102210") return "wrong result";
  }
  return result;
}

console.log(main(Number(process.argv[2])));
